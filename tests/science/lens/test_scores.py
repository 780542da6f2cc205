import numpy as np
import pandas as pd
import pytest

from backend.science.lens.scores import (
    Scaling,
    StageScores,
    best_class_by_modality,
    group_row,
    grouped,
    mean_of,
    r2,
    ranking_frame,
    stage_scores,
    table1,
    three_rankings,
)
from tests.science.lens_tables import FEATURES

K = len(FEATURES)


def constant_scores(value, n=K):
    return StageScores(*(np.full(n, value * factor) for factor in (1.0, 2.0, 3.0, 4.0)))


def test_scaling_uses_training_studies_only():
    train = np.array([[0.0, 10.0], [4.0, 30.0], [2.0, 20.0]])
    scaling = Scaling.fitted(train)
    np.testing.assert_allclose(scaling.minmax(np.array([[8.0, 0.0]])), [[2.0, -0.5]])
    np.testing.assert_allclose(scaling.sd, [np.std([0, 1, 0.5])] * 2)


def test_r2_is_one_minus_the_share_of_unexplained_variation():
    true = np.array([[1.0], [2.0], [3.0], [6.0]])
    decoded = np.array([[1.5], [2.0], [2.5], [5.0]])
    assert r2(true, decoded)[0] == pytest.approx(1 - 1.5 / 14)
    assert r2(true, true)[0] == 1.0
    assert np.isnan(r2(np.full((3, 1), 0.1), np.zeros((3, 1)))[0])


def test_mse_is_in_training_sd_and_r2_does_not_care():
    rng = np.random.default_rng(0)
    true, decoded = rng.normal(size=(50, 3)), rng.normal(size=(50, 3))
    sd = np.array([1.0, 2.0, 0.5])
    scores = stage_scores((true, decoded), (true, decoded), sd)
    np.testing.assert_allclose(scores.mse, ((true / sd - decoded / sd) ** 2).mean(axis=0))
    np.testing.assert_allclose(scores.mse_minmax, ((true - decoded) ** 2).mean(axis=0))
    np.testing.assert_allclose(scores.r2, r2(true / sd, decoded / sd))
    np.testing.assert_array_equal(scores.r2, scores.r2_in_sample)


def test_every_feature_is_in_one_group_of_every_grouping():
    groups = list(grouped(FEATURES))
    for grouping in ("class", "image_type", "modality", "modality_class", "overall"):
        members = np.concatenate([positions for name, _, positions in groups if name == grouping])
        assert sorted(members.tolist()) == list(range(len(FEATURES)))
    assert [group for name, group, _ in groups if name == "image_type"] == ["Original", "Wavelet"]
    assert [group for name, group, _ in groups if name == "modality"] == ["T2", "DWI", "ADC"]
    assert "ADC_ngtdm" in [group for name, group, _ in groups if name == "modality_class"]


def test_group_values_are_plain_means_and_v_is_their_ratio():
    pre = StageScores(np.array([0.2, 0.4, np.nan]), np.array([1.0, 0.6, 0.8]), np.ones(3), np.zeros(3))
    row = group_row("class", "glcm", {"pre": pre, "ft": pre})
    assert row["n_features"] == 3
    assert row["r2_pre"] == pytest.approx(0.3)
    assert row["mse_pre"] == pytest.approx(0.8)
    assert row["v_ft"] == pytest.approx(0.8 / 0.7)
    assert row["r2_median_ft"] == pytest.approx(0.3)
    assert np.isnan(mean_of(np.array([np.nan])))


def test_rank_1_is_the_largest_gain_and_ties_keep_the_canonical_order():
    i_pre = np.ones(len(FEATURES))
    i_ft = np.ones(len(FEATURES))
    i_ft[5], i_ft[7] = 3.0, 0.5
    frame = ranking_frame(FEATURES, i_pre, i_ft, {"pre": constant_scores(0.1), "ft": constant_scores(0.2)})
    assert frame["rank_paper"].tolist() == list(range(1, len(FEATURES) + 1))
    assert frame["feature"].iloc[0] == FEATURES[5].column
    assert frame["feature"].iloc[-1] == FEATURES[7].column
    rest = [feature.column for k, feature in enumerate(FEATURES) if k not in (5, 7)]
    assert frame["feature"].iloc[1:-1].tolist() == rest
    assert frame["paper_r2_ft"].tolist() == [0.2] * len(FEATURES)


def test_table_1_has_the_papers_rows_in_the_papers_order():
    scores = {"pre": constant_scores(0.1), "ft": constant_scores(0.2)}
    rows = [
        group_row(grouping, group, {stage: constant_scores(0.1, len(at)) for stage in scores})
        for grouping, group, at in grouped(FEATURES)
    ]
    table = table1(pd.DataFrame(rows).iloc[::-1])
    assert table["group"].tolist() == ["firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm", "Original", "Wavelet"]


def test_fig_2_takes_the_class_decoded_best_after_fine_tuning():
    groups = pd.DataFrame(
        [
            ("class", "glcm", 0.9, 0.1),
            ("class", "glszm", 0.2, 0.4),
            ("modality_class", "T2_glszm", 0.1, 0.5),
            ("modality_class", "T2_glcm", 0.1, 0.9),
            ("modality_class", "ADC_glszm", 0.1, 0.3),
        ],
        columns=["grouping", "group", "r2_pre", "r2_ft"],
    )
    best, rows = best_class_by_modality(groups)
    assert best == "glszm"
    assert rows["modality"].tolist() == ["T2", "ADC"]


def test_the_three_rankings_of_fig_3():
    ranking = pd.DataFrame(
        {
            "feature": list("abcdefgh"),
            "i_pre": [1.0, 1.0, 5.0, 6.0, 1.0, 1.0, 1.0, 1.0],
            "i_ft": [3.0, 0.5, 5.5, 6.1, 1.0, 1.0, 1.0, 1.0],
        }
    )
    ranking["delta_i"] = ranking["i_ft"] - ranking["i_pre"]
    rankings = {name: frame["feature"].tolist() for name, frame in three_rankings(ranking).items()}
    assert rankings == {"gaining": ["a", "c", "d"], "losing": ["b"], "stable": ["d", "c"]}


def test_no_feature_is_stable_where_none_is_important_in_both_stages():
    frame = pd.DataFrame({"feature": list("abcd"), "i_pre": [4.0, 1, 1, 1], "i_ft": [1.0, 1, 1, 4]})
    frame["delta_i"] = frame["i_ft"] - frame["i_pre"]
    frame.loc[[1, 2], "i_pre"] = [0.5, 0.6]
    found = three_rankings(frame)
    assert found["stable"].empty
    assert list(found["gaining"]["feature"]) == ["d"]

from dataclasses import replace

import numpy as np
import pytest

from backend.errors import Cancelled
from backend.science.lens.settings import LensSettings
from backend.science.trust.alerts import trust_alerts
from backend.science.trust.block import trust_block
from backend.science.trust.columns import RANKING, feature_columns, groups_with, ranking_with
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.study_context import StudyContext
from tests.science.trust.cohorts import FEATURES, cohort, planted

QUICK = LensSettings(hidden=12, epochs=5)
CLASS = np.array([feature.feature_class for feature in FEATURES])


def run(x_pre, x_ft, r, settings=QUICK, patients=None, progress=None, context=None):
    """The block with projections that stand in for f_share's: the first 12 dimensions."""
    minmax = (r - r.min(axis=0)) / np.ptp(r, axis=0)
    z = [np.maximum(x[:, :12], 0) for x in (x_pre, x_ft)]
    return trust_block(cohort(x_pre, x_ft, r, patients), minmax, *z, settings, progress, context)


@pytest.fixture(scope="module")
def tables():
    return planted()


@pytest.fixture(scope="module")
def trust(tables):
    return run(*tables)


def test_planted_changes_are_found_and_nothing_else(trust):
    flag = trust.features.flag
    assert (flag[CLASS == "glcm"] == "stronger").all()
    assert (flag[CLASS == "gldm"] == "weaker").all()
    assert (flag[CLASS == "ngtdm"] == "not_decodable").all()
    assert set(flag[np.isin(CLASS, ["firstorder", "glrlm", "glszm"])]) <= {"unchanged", "underpowered"}


def test_groups_are_means_over_features_with_the_jackknife_of_the_mean(trust):
    classes = next(one for one in trust.groupings if one.grouping == "class")
    at = CLASS == "glcm"
    position = classes.groups.index("glcm")
    effect = trust.features.effect
    assert classes.changes.effect.value[position] == pytest.approx(effect.value[at].mean())
    assert classes.changes.flag[position] == "stronger"
    left_out = effect.deleted[:, at].mean(axis=1)
    variance = (len(left_out) - 1) * left_out.var()  # (P - 1) / P times the sum of squares
    assert classes.changes.se[position] == pytest.approx(np.sqrt(variance / 2))
    assert classes.flags[position] == {"stronger": 8}
    assert {one.grouping for one in trust.groupings} == {"class", "image_type", "modality", "modality_class", "overall"}


def test_the_effect_is_the_difference_less_the_shared_change_times_r2_before(trust):
    change = trust.features
    assert np.allclose(change.effect.value, change.delta_r2 - trust.shared_change * change.r2_pre, atol=1e-12)
    assert np.array_equal(feature_columns(trust.change)["selective_delta"], change.effect.value)


def test_held_out_values_are_those_of_a_decoder_that_never_saw_the_patient(tables, trust):
    """Refit by hand without patient 7, by the penalty of all."""
    x_pre, x_ft, r = tables
    scores = Ranks.of(r).normal_scores(np.ones(len(r), dtype=bool))
    others = np.arange(len(r)) != 7
    for stage, x in enumerate((x_pre, x_ft)):
        centred = x - x.mean(axis=0)
        penalty = trust.change.penalty * np.square(centred).sum() / len(x)
        known, mean = x[others] - x[others].mean(axis=0), scores[others].mean(axis=0)
        weights = np.linalg.solve(known.T @ known + penalty * np.eye(x.shape[1]), known.T @ (scores[others] - mean))
        wanted = (x[7] - x[others].mean(axis=0)) @ weights + mean
        assert np.allclose(trust.change.decoded[stage, 7], wanted, atol=1e-4)


def test_controls_and_runs_are_decoded_beside(tables):
    x_pre, x_ft, r = tables
    rng = np.random.default_rng(4)
    runs = tuple(x_ft + 0.02 * rng.normal(size=x_ft.shape) for _ in range(2))
    controls = tuple(x_pre + 0.02 * rng.normal(size=x_pre.shape) for _ in range(2))
    found = run(x_pre, x_ft, r, context=StudyContext(runs=runs, controls=controls))
    assert found.change.n_runs == 3
    assert (found.features.n_runs_agree[CLASS == "glcm"] == 3).all()
    assert found.controls is not None
    assert found.controls.n_runs == 2
    assert set(found.controls.features.flag) <= {"unchanged", "not_decodable", "underpowered"}
    assert "controls_changed" not in alert_codes(found, np.ones(48), np.ones(48))
    learned = run(x_pre, x_ft, r, context=StudyContext(controls=runs))
    assert "controls_changed" in alert_codes(learned, np.ones(48), np.ones(48))


def test_a_change_that_goes_with_the_label_is_called_so():
    x_pre, _, r = planted(gain=1, loss=1, n=240)
    rng = np.random.default_rng(5)
    label = (r[:, 1] + r[:, 7] > np.median(r[:, 1] + r[:, 7])).astype(float)  # glcm features go with it
    written = x_pre + np.outer(label - label.mean(), 1.5 * rng.normal(size=40))
    context = StudyContext(label=(Covariate("label", label.astype(int).astype(str)),))
    found = run(x_pre, written, r, context=context)
    groups = next(one for one in found.groupings if one.grouping == "class")
    flag = dict(zip(groups.groups, groups.changes.flag.tolist(), strict=True))
    assert flag["glcm"] == "label_borne"
    assert set(flag.values()) - {"label_borne"} <= {"unchanged", "not_decodable", "underpowered", "weaker"}
    without = run(x_pre, written, r)
    assert "stronger" in set(without.features.flag[CLASS == "glcm"])


@pytest.mark.parametrize("kind", ["identical", "scale", "rotation", "offset"])
def test_the_same_information_written_differently_is_no_change(tables, kind):
    x, _, r = tables
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.normal(size=(40, 40)))
    other = {"identical": x.copy(), "scale": 2.7 * x, "rotation": x @ turn, "offset": x + rng.normal(size=40)}[kind]
    found = run(x, other, r)
    assert np.abs(found.features.delta_r2).max() < 1e-9
    assert np.abs(found.features.effect.value).max() < 1e-9
    assert set(found.features.flag) <= {"unchanged", "not_decodable"}
    assert all(set(one.changes.flag) <= {"unchanged", "not_decodable"} for one in found.groupings)


def test_fresh_noise_without_a_planted_change_is_rarely_flagged():
    x_pre, x_ft, r = planted(gain=1, loss=1, drift=0.15, seed=1)
    flags = run(x_pre, x_ft, r).features.flag
    assert np.isin(flags, ["stronger", "weaker"]).mean() <= 0.02


def test_the_number_of_threads_changes_no_bit(tables, trust):
    again = run(*tables, replace(QUICK, threads=2))
    assert np.array_equal(again.change.influence, trust.change.influence)
    assert np.array_equal(again.features.q, trust.features.q, equal_nan=True)
    assert np.array_equal(again.explained_sd, trust.explained_sd)
    assert again.stability == trust.stability


def test_twenty_patients_are_read_with_due_modesty():
    x_pre, x_ft, r = planted(n=20)
    found = run(x_pre, x_ft, r)
    assert set(found.features.flag) == {"too_few"}
    assert all(set(one.changes.flag) == {"too_few"} for one in found.groupings)
    assert np.isfinite(found.features.se).all()
    assert "too_few_patients" in alert_codes(found, np.ones(48), np.ones(48))


def test_few_features_have_no_shared_change():
    x_pre, x_ft, r = planted()
    found = run(x_pre, x_ft, r[:, :3])
    assert np.isnan(found.shared_change)
    assert np.isnan(found.change.shared_change_se)
    assert np.isnan(feature_columns(found.change)["selective_delta"]).all()
    assert np.array_equal(found.features.effect.value, found.features.delta_r2)


def test_features_of_few_distinct_values_are_decoded_too(tables):
    x_pre, x_ft, r = tables
    coarse = np.floor(np.clip(r, 0, 4.99))
    found = run(x_pre, x_ft, coarse)
    assert found.features.r2_pre[CLASS == "firstorder"].mean() > 0.2
    assert (found.features.flag[CLASS == "gldm"] == "weaker").mean() > 0.7


def test_progress_names_its_steps_and_can_stop(tables):
    heard = []

    def stop(step, done, total):
        heard.append(step)
        if step == "reading features before and after fine-tuning" and done == 3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        run(*tables, progress=stop)
    assert list(dict.fromkeys(heard)) == ["reading features before and after fine-tuning"]


def test_progress_is_one_rising_bar_a_step(tables):
    heard = []
    run(*tables, progress=lambda *told: heard.append(told))
    for step in ("reading features before and after fine-tuning", "fitting the paper's projection after fine-tuning"):
        done = [(done, total) for name, done, total in heard if name == step]
        assert done == [(number + 1, done[0][1]) for number in range(done[0][1])]


def alert_codes(trust, i_pre, i_ft):
    return {alert.code for alert in trust_alerts(trust, FEATURES, i_pre, i_ft, len(trust.change.patients)) if alert}


def test_rows_of_the_wrong_studies_are_suspected(tables):
    x_pre, x_ft, r = tables
    found = run(x_pre, x_ft[np.random.default_rng(0).permutation(len(r))], r)
    codes = alert_codes(found, np.ones(48), np.ones(48))
    assert {"rows_mismatched", "global_change"} <= codes


def test_a_constant_embedding_carries_nothing(tables):
    x_pre, x_ft, r = tables
    found = run(x_pre, np.ones_like(x_ft), r)
    codes = alert_codes(found, np.ones(48), np.ones(48))
    assert "global_change" in codes
    assert "rows_mismatched" not in codes  # nothing is decoded worse than by the mean: a collapse, not a mix-up
    assert found.shared_change == pytest.approx(-1, abs=0.05)


def test_a_small_cohort_without_a_change_raises_no_global_alarm():
    codes = [alert_codes(run(*planted(n=24, gain=1, loss=1, seed=s)), np.ones(48), np.ones(48)) for s in range(3)]
    assert not any({"rows_mismatched", "global_change"} & found for found in codes)


def test_a_small_cohort_that_collapsed_is_not_called_a_mix_up():
    x_pre, x_ft, r = planted(n=60)
    rng = np.random.default_rng(0)
    collapsed = np.outer(rng.normal(size=60), rng.normal(size=40)) + 1e-3 * x_ft
    assert "rows_mismatched" not in alert_codes(run(x_pre, collapsed, r), np.ones(48), np.ones(48))


def test_a_moved_importance_without_a_change_of_information_is_explained(tables):
    x, _, r = tables
    same = run(x, 2 * x, r)
    assert "information_unchanged" in alert_codes(same, np.ones(48), np.full(48, 0.5))
    assert "information_unchanged" not in alert_codes(same, np.ones(48), np.ones(48))


def test_a_swap_that_turns_a_group_around_is_said(trust):
    swap = trust.projection_swap.delta_i
    assert "swap_disagrees" in alert_codes(trust, np.zeros(48), -swap)
    assert "swap_disagrees" not in alert_codes(trust, np.zeros(48), swap)


def test_without_enough_studies_for_theta_there_is_no_swap():
    x_pre, x_ft, r = planted(n=40)
    found = run(x_pre, x_ft, r, replace(QUICK, hidden=30))
    assert np.isnan(found.projection_swap.delta_i).all()
    assert "swap_not_computed" in alert_codes(found, np.ones(48), np.ones(48))


def test_columns_stand_in_the_order_of_the_interface(trust):
    import pandas as pd

    paper = pd.DataFrame({"feature": [f.column for f in FEATURES[::-1]], "rank_paper": range(1, 49)})
    for name in ("modality", "image_type", "feature_class", "feature_name", "i_pre", "i_ft", "delta_i", "paper_r2_pre"):
        paper[name] = 0.0
    ranking = ranking_with(paper, FEATURES, trust)
    assert list(ranking.columns[: len(RANKING)]) == RANKING
    assert list(ranking.columns[len(RANKING) :]) == ["paper_r2_pre", "delta_r2_low", "delta_r2_high", "swap_delta_i"]
    assert (ranking["effect_shrunk"].diff().dropna() <= 0).all()
    row = ranking.set_index("feature").loc[FEATURES[1].column]
    assert row["effect"] == trust.features.effect.value[1]
    groups = pd.DataFrame([(o.grouping, g) for o in trust.groupings for g in o.groups], columns=["grouping", "group"])
    merged = groups_with(groups.assign(mse_minmax_ft=0.0, i_pre=1.0), trust)
    assert merged.columns[13:17].tolist() == ["delta_r2", "selective_delta", "ci_low", "ci_high"]
    assert merged.columns[25:27].tolist() == ["q", "flag"]

from dataclasses import replace

import numpy as np
import pytest

from backend.errors import BadTable
from backend.science.tables.join import join, usable_features
from tests.science.lens_tables import FEATURES, arrays, embeddings, radiomics, tables


def everything(cohort):
    return np.ones(len(cohort.study_id), dtype=bool)


def test_rows_are_joined_by_id_and_features_put_in_canonical_order():
    x_pre, x_ft, r = arrays(n=30)
    order = np.random.default_rng(1).permutation(30)
    studies = [f"s{i:03d}" for i in range(30)]
    shuffled = embeddings(x_ft[order], "ft.csv", [studies[i] for i in order])
    cohort = join(embeddings(x_pre, "pre.csv"), shuffled, radiomics(r))
    assert cohort.study_id == tuple(studies)
    np.testing.assert_array_equal(cohort.x_ft, x_ft)
    assert [feature.column for feature in cohort.features] == [feature.column for feature in FEATURES]


def test_001_and_1_are_two_patients():
    x_pre, x_ft, r = arrays(n=30)
    studies = ["001", "1", "NA", *(f"s{i}" for i in range(27))]
    cohort = join(embeddings(x_pre, "pre.csv", studies), embeddings(x_ft, "ft.csv", studies), radiomics(r, studies))
    assert {"001", "1", "NA"} <= set(cohort.study_id)
    other = ["1", *studies[1:]]
    other[1] = "01"
    with pytest.raises(
        BadTable, match=r"pre.csv lacks 1 of them \('01'\).*radiomics.csv lacks 1 of them \('001'\); ids are text"
    ):
        join(embeddings(x_pre, "pre.csv", studies), embeddings(x_ft, "ft.csv", studies), radiomics(r, other))


def test_intersect_keeps_common_studies_and_says_how_many_were_dropped():
    x_pre, x_ft, r = arrays(n=40)
    studies = [f"s{i:03d}" for i in range(40)]
    cohort = join(
        embeddings(x_pre, "pre.csv"), embeddings(x_ft[:35], "ft.csv", studies[:35]), radiomics(r[5:], studies[5:]), True
    )
    assert cohort.study_id == tuple(studies[5:35])
    sentence = next(alert.sentence for alert in cohort.alerts if alert.code == "intersected")
    assert "left out: 10 of pre.csv, 5 of ft.csv, 5 of radiomics.csv" in sentence


def test_stages_may_differ_in_width_but_runs_may_not():
    pre, ft, features = tables(n=30)
    assert join(pre, embeddings(np.eye(30)[:, :3], "ft.csv"), features).x_ft.shape == (30, 3)
    with pytest.raises(BadTable, match=r"run.csv has 3 embedding columns and ft.csv has 24.*same encoder layer"):
        join(pre, ft, features, others=[embeddings(np.zeros((30, 3)), "run.csv")])
    with pytest.raises(BadTable, match="numbered differently"):
        join(pre, replace(ft, dimensions=tuple(range(1, 25))), features)


def test_one_study_of_two_patients_is_refused():
    x_pre, x_ft, r = arrays(n=30)
    patients = [f"p{i:03d}" for i in range(30)]
    with pytest.raises(BadTable, match=r"study 's003' belongs to patient 'p003' in pre.csv and to 'other' in ft.csv"):
        join(
            embeddings(x_pre, "pre.csv", None, patients),
            embeddings(x_ft, "ft.csv", None, [*patients[:3], "other", *patients[4:]]),
            radiomics(r, None, patients),
        )


def test_embeddings_that_are_not_finite_are_refused():
    x_pre, x_ft, r = arrays(n=30)
    x_ft[4, 2] = np.inf
    with pytest.raises(
        BadTable,
        match=r"ft.csv: the embedding of study 's004' has missing, infinite or absurdly large values .1 studies",
    ):
        join(embeddings(x_pre, "pre.csv"), embeddings(x_ft, "ft.csv"), radiomics(r))


def test_fewer_than_20_patients_are_refused():
    with pytest.raises(BadTable, match="19 patients are left after joining the tables; at least 20 are needed"):
        join(*tables(n=19))


def test_features_with_gaps_are_dropped_or_studies_left_out_never_filled():
    x_pre, x_ft, r = arrays(n=40)
    r[:3, 0] = np.nan
    r[7, 1] = np.nan
    r[8, 2] = np.inf
    cohort = join(embeddings(x_pre, "pre.csv"), embeddings(x_ft, "ft.csv"), radiomics(r))
    assert [(d.feature, d.reason) for d in cohort.dropped] == [
        (FEATURES[0].column, "missing or infinite for 8 % of the studies")
    ]
    assert len(cohort.study_id) == 38
    assert {"s007", "s008"}.isdisjoint(cohort.study_id)
    assert {"missing_features", "incomplete_studies"} <= {alert.code for alert in cohort.alerts}
    assert np.isfinite(cohort.r).all()


def test_constant_nearly_constant_and_repeated_features_are_dropped_and_listed():
    x_pre, x_ft, r = arrays(n=40)
    r[:, 0] = 3.0
    r[:, 1] = np.arange(40) % 4
    r[:, 3] = r[:, 2]
    cohort = join(embeddings(x_pre, "pre.csv"), embeddings(x_ft, "ft.csv"), radiomics(r))
    usable = usable_features(cohort, everything(cohort))
    assert {d.feature: d.reason for d in usable.dropped} == {
        FEATURES[0].column: "constant among the training studies",
        FEATURES[1].column: "only 4 distinct values among the training studies",
        FEATURES[3].column: f"same values as {FEATURES[2].column}",
    }
    assert len(usable.features) == len(FEATURES) - 3
    assert {"constant_features", "duplicate_features"} <= {alert.code for alert in usable.alerts}


def test_a_table_without_any_usable_feature_is_refused():
    x_pre, x_ft, r = arrays(n=30)
    cohort = join(embeddings(x_pre, "pre.csv"), embeddings(x_ft, "ft.csv"), radiomics(np.ones_like(r)))
    with pytest.raises(BadTable, match="no feature has at least 5 distinct values"):
        usable_features(cohort, everything(cohort))
    with pytest.raises(BadTable, match="every feature misses more than 5 %"):
        join(embeddings(x_pre, "pre.csv"), embeddings(x_ft, "ft.csv"), radiomics(np.full_like(r, np.nan)))

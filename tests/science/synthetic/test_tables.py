"""Planted tables: names, determinism, and the planted answer seen by an independent ridge."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from backend.errors import BadSettings
from backend.science.synthetic.names import CLASS_FEATURES, feature_list
from backend.science.synthetic.tables import GROUPS, SCENARIOS, SyntheticTables, synth_tables
from tests.oracle import radiomics

Array = npt.NDArray[np.float64]


def values(table: pd.DataFrame) -> Array:
    return table.drop(columns=["study_id", "patient_id"]).to_numpy(np.float64)


def ranked(table: pd.DataFrame) -> Array:
    """Ranks, scaled to mean 0 and variance 1: what heavy tails leave untouched."""
    ranks = values(table).argsort(axis=0).argsort(axis=0).astype(float)
    return (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)


def held_out_r2(X: Array, R: Array, unit: pd.Series) -> Array:
    """R2 of a plain ridge over 5 folds of whole units, lambda = mean eigenvalue of the training Gram matrix."""
    names = unit.unique()
    fold = unit.map(dict(zip(names, np.random.default_rng(0).permutation(len(names)) % 5, strict=True))).to_numpy()
    error, total = np.zeros(R.shape[1]), np.zeros(R.shape[1])
    for k in range(5):
        train, test = fold != k, fold == k
        A, B = X[train] - X[train].mean(axis=0), X[test] - X[train].mean(axis=0)
        Y, T = R[train] - R[train].mean(axis=0), R[test] - R[train].mean(axis=0)
        gram = A @ A.T
        prediction = B @ A.T @ np.linalg.solve(gram + np.trace(gram) / len(A) * np.eye(len(A)), Y)
        error += ((T - prediction) ** 2).sum(axis=0)
        total += (T**2).sum(axis=0)
    return 1 - error / total


def shift(tables: SyntheticTables) -> tuple[Array, Array, list[str]]:
    """R2 before, R2 after, and the planted change of every column."""
    R, unit = ranked(tables.radiomics), tables.pre["patient_id"]
    columns = tables.radiomics.columns[2:]
    changes = [tables.truth.change(column) for column in columns]
    return held_out_r2(values(tables.pre), R, unit), held_out_r2(values(tables.ft), R, unit), changes


def test_names_are_those_of_pyradiomics() -> None:
    engines = radiomics().getFeatureClasses()
    for feature_class in ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm"):
        engine = engines[feature_class]
        current = {name for name, deprecated in engine.getFeatureNames().items() if not deprecated}
        assert set(CLASS_FEATURES[feature_class]) == current
    columns = [feature.column for feature in feature_list()]
    assert len(columns) == len(set(columns)) == 2511
    assert "ADC_wavelet-LLH_firstorder_Kurtosis" in columns


def test_a_subset_keeps_every_modality_class_and_image_type() -> None:
    some = feature_list(60)
    assert len(some) == 180
    assert {f.modality_class for f in some} == set(GROUPS)
    assert len({f.image_type for f in some}) == 9


def test_tables_have_the_layout_of_the_interface() -> None:
    tables = synth_tables(40, 30, d=12, seed=1, repeated=0.25)
    for table, first in ((tables.pre, "e000"), (tables.ft, "e000"), (tables.clinical, "pirads")):
        assert list(table)[:3] == ["study_id", "patient_id", first]
        assert len(table) == 50
        assert table["patient_id"].nunique() == 40
        assert table["study_id"].is_unique
        assert isinstance(table["study_id"].iloc[0], str)
    assert list(tables.pre)[-1] == "e011"
    assert list(tables.radiomics)[2].count("_") == 3
    assert set(tables.clinical["pirads"]) == {2, 3, 4, 5}
    assert np.isfinite(values(tables.radiomics)).all()
    assert tables.clinical.groupby("patient_id")["pirads"].nunique().max() == 1


def test_same_arguments_give_the_same_bits() -> None:
    first, again, other = (synth_tables(30, 30, d=20, seed=seed) for seed in (4, 4, 5))
    for name in ("pre", "ft", "radiomics", "clinical"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name), check_exact=True)
    assert first.truth == again.truth
    assert not np.array_equal(values(first.pre), values(other.pre))


def test_radiomics_correlate_within_groups_and_have_heavy_tails() -> None:
    tables = synth_tables(300, 120, d=20, seed=2)
    features = feature_list(120)
    R = ranked(tables.radiomics)
    noise = np.array([tables.truth.change(f.column) == "noise" for f in features])
    corr = np.abs(R.T @ R / len(R))
    same = np.array([[a.modality_class == b.modality_class for a in features] for b in features])
    real = np.outer(~noise, ~noise) & ~np.eye(len(features), dtype=bool)
    assert corr[real & same].mean() > 2.5 * corr[real & ~same].mean()
    raw = values(tables.radiomics)
    skew = ((raw - raw.mean(axis=0)) ** 3).mean(axis=0) / raw.std(axis=0) ** 3
    assert 0.4 < (skew > 0.6).mean() < 0.95
    assert 0.05 < noise.mean() < 0.15


@pytest.mark.parametrize("scenario", ["planted", "planted_all"])
def test_planted_groups_become_more_and_less_decodable(scenario: str) -> None:
    tables = synth_tables(300, 60, seed=11, scenario=scenario)
    assert sorted(tables.truth.groups.values()) == ["stronger"] * 4 + ["untouched"] * 10 + ["weaker"] * 4
    pre, ft, changes = shift(tables)
    mean = {c: float((ft - pre)[[c == x for x in changes]].mean()) for c in set(changes)}
    assert mean["stronger"] > mean["untouched"] + 0.08
    assert mean["weaker"] < mean["untouched"] - 0.08
    informative = np.array([c != "noise" for c in changes])
    assert 0.15 < pre[informative].mean() < 0.5
    assert pre[~informative].max() < 0.05


@pytest.mark.parametrize("scenario", ["null_all", "null_resample"])
def test_null_scenarios_move_no_group(scenario: str) -> None:
    tables = synth_tables(300, 60, seed=11, scenario=scenario)
    assert set(tables.truth.groups.values()) == {"untouched"}
    pre, ft, _ = shift(tables)
    informative = pre > 0.1
    assert not np.allclose(values(tables.pre), values(tables.ft))
    assert abs(np.median((ft - pre)[informative])) < 0.05


@pytest.mark.parametrize("scenario", ["null_identical", "null_scale", "null_rot", "null_offset"])
def test_relabelled_embeddings_hold_the_same_information(scenario: str) -> None:
    pre, ft, _ = shift(synth_tables(120, 30, d=96, seed=3, scenario=scenario))
    np.testing.assert_allclose(pre, ft, atol=1e-8)


def test_repeated_studies_inflate_r2_when_folds_ignore_the_patient() -> None:
    tables = synth_tables(170, 60, seed=3, repeated=0.8)
    X, R = values(tables.pre), ranked(tables.radiomics)
    by_patient = held_out_r2(X, R, tables.pre["patient_id"]).mean()
    by_study = held_out_r2(X, R, tables.pre["study_id"]).mean()
    assert by_study - by_patient > 0.1


def test_truth_names_the_group_of_a_column() -> None:
    truth = synth_tables(10, 20, d=8, scenario="planted").truth
    named = truth.change("T2_original_glcm_Contrast")
    assert named in {truth.groups["T2_glcm"], "noise"}
    assert truth.as_dict()["groups"] == truth.groups


def test_unknown_scenarios_and_sizes_are_refused() -> None:
    with pytest.raises(BadSettings, match="no scenario 'x'; choose one of planted"):
        synth_tables(10, 20, scenario="x")
    for wrong in ({"n_patients": 1}, {"k_per_modality": 5}, {"repeated": 1.5}):
        with pytest.raises(BadSettings):
            synth_tables(**{"n_patients": 10, "k_per_modality": 20, **wrong})
    assert len(SCENARIOS) == 8

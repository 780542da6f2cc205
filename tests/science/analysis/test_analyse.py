import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from backend.errors import BadSettings, BadTable, Cancelled
from backend.science.analysis.analyse import LensSettings, analyse
from backend.science.analysis.report import SideCount
from backend.science.tables.types import Embeddings
from tests.science.lens_tables import FEATURES, arrays, embeddings, radiomics, tables

SMALL = LensSettings(hidden=16, epochs=20, trust=False)


@pytest.fixture(scope="module")
def analysis():
    return analyse(*tables(), SMALL)


def codes(analysis):
    return {alert.code for alert in analysis.report.alerts}


def test_theta_and_importance_equal_a_pseudo_inverse_of_the_exported_projection(analysis):
    decoders = analysis.decoders
    thetas = {
        stage: (np.linalg.pinv(z) @ decoders.r_minmax).T
        for stage, z in (("pre", decoders.z_pre), ("ft", decoders.z_ft))
    }
    np.testing.assert_allclose(decoders.theta_pre, thetas["pre"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(decoders.theta_ft, thetas["ft"], rtol=0, atol=1e-8)
    ranking = analysis.ranking.set_index("feature").loc[list(decoders.feature)]
    i_pre, i_ft = (np.linalg.norm(theta, axis=1) for theta in thetas.values())
    np.testing.assert_allclose(ranking["i_pre"], i_pre, atol=1e-8)
    np.testing.assert_allclose(ranking["delta_i"], i_ft - i_pre, atol=1e-8)


def test_more_units_than_studies_give_the_pseudo_inverse_and_an_alert():
    analysis = analyse(*tables(n=100, d=30), LensSettings(hidden=512, epochs=3, trust=False))
    decoders = analysis.decoders
    oracle = (np.linalg.pinv(decoders.z_ft) @ decoders.r_minmax).T
    np.testing.assert_allclose(decoders.theta_ft, oracle, rtol=0, atol=1e-8)
    assert "few_studies" in codes(analysis)


def test_held_out_scores_equal_an_independent_computation(analysis):
    """Oracle: z-scored targets, the exported theta applied to held-out projections, the textbook R2."""
    _, _, r = arrays()
    studies, decoders = analysis.studies, analysis.decoders
    test = np.array(studies.split) == "test"
    train = np.array(studies.split) == "train"
    low, span = r[train].min(axis=0), np.ptp(r[train], axis=0)
    mean, sd = r[train].mean(axis=0), r[train].std(axis=0)
    decoded = (studies.z_ft[test] @ decoders.theta_ft.T * span + low - mean) / sd
    true = (r[test] - mean) / sd
    mse = ((true - decoded) ** 2).mean(axis=0)
    r2 = 1 - mse / true.var(axis=0)
    ranking = analysis.ranking.set_index("feature").loc[[feature.column for feature in FEATURES]]
    np.testing.assert_allclose(ranking["paper_mse_ft"], mse, rtol=1e-10)
    np.testing.assert_allclose(ranking["paper_r2_ft"], r2, rtol=1e-9)
    overall = analysis.groups.query("grouping == 'overall'").iloc[0]
    assert overall["r2_ft"] == pytest.approx(r2.mean())
    assert overall["v_ft"] == pytest.approx(mse.mean() / (1 - r2.mean()))


def test_shuffled_rows_and_columns_give_identical_bits(analysis):
    x_pre, x_ft, r = arrays()
    rng = np.random.default_rng(9)
    studies = np.array([f"s{i:03d}" for i in range(len(r))])
    orders = [rng.permutation(len(r)) for _ in range(3)]
    columns = rng.permutation(r.shape[1])
    shuffled = radiomics(r[orders[2]], studies[orders[2]].tolist())
    shuffled = replace(
        shuffled, values=shuffled.values[:, columns], features=tuple(shuffled.features[k] for k in columns)
    )
    again = analyse(
        embeddings(x_pre[orders[0]], "pre.csv", studies[orders[0]].tolist()),
        embeddings(x_ft[orders[1]], "ft.csv", studies[orders[1]].tolist()),
        shuffled,
        SMALL,
    )
    assert again.ranking.equals(analysis.ranking)
    assert again.groups.equals(analysis.groups)
    for name in ("z_pre", "z_ft", "r_minmax", "theta_pre", "theta_ft"):
        assert np.array_equal(getattr(again.decoders, name), getattr(analysis.decoders, name))
    assert replace(again.report, timings={}) == replace(analysis.report, timings={})


def test_stages_that_differ_by_rounding_have_no_shift():
    pre, _, features = tables()
    analysis = analyse(pre, replace(pre, name="ft.csv", values=pre.values * (1 + 1e-15)), features, SMALL)
    assert analysis.ranking["delta_i"].abs().max() < 1e-12
    assert "common_shift" not in codes(analysis)


@pytest.mark.parametrize("factor", [0.5, 4.0])
def test_scaling_the_embedding_moves_every_importance_and_the_alert_says_why(factor):
    pre, _, features = tables()
    analysis = analyse(pre, replace(pre, values=pre.values * factor), features, SMALL)
    assert np.sign(analysis.ranking["delta_i"].median()) == np.sign(1 - factor)
    assert "common_shift" in codes(analysis)


def test_the_report_states_what_was_computed(analysis):
    report = analysis.report
    assert (report.n_studies, report.n_patients, report.n_features, report.hidden) == (120, 120, len(FEATURES), 16)
    assert (report.width, report.n_theta) == (24, 84)
    assert report.split.train == SideCount(84, 84)
    assert report.settings == SMALL
    assert report.trust is report.shared_change is report.icc is report.cohort is None
    assert report.versions["radiomiclens"]
    assert report.inputs["pre"].content_sha256
    assert {"paper_block_alone", "small_cohort"} <= codes(analysis)


def test_without_the_trust_block_there_is_no_trust_column(analysis):
    assert analysis.trust is None
    assert {"r2_pre", "selective_delta", "q", "flag", "effect"}.isdisjoint(analysis.ranking.columns)
    assert {"delta_r2", "selective_delta", "q", "flag"}.isdisjoint(analysis.groups.columns)


def test_a_given_split_is_kept_and_repeated_studies_are_counted():
    x_pre, x_ft, r = arrays(n=60)
    patients = [f"p{i % 30:02d}" for i in range(60)]
    split = {f"s{i:03d}": "test" if i % 30 < 8 else "train" for i in range(60)}
    analysis = analyse(
        embeddings(x_pre, "pre", None, patients),
        embeddings(x_ft, "ft", None, patients),
        radiomics(r, None, patients),
        SMALL,
        split,
    )
    assert analysis.report.split.test == SideCount(16, 8)
    assert "repeated_studies" in codes(analysis)
    assert set(analysis.heldout.study_id) == {f"s{i:03d}" for i in range(60) if i % 30 < 8}


def test_theta_on_all_solves_on_every_study_but_scores_stay_held_out(analysis):
    everything = analyse(*tables(), replace(SMALL, theta_on="all"))
    assert len(everything.decoders.study_id) == 120
    oracle = (np.linalg.pinv(everything.decoders.z_pre) @ everything.decoders.r_minmax).T
    np.testing.assert_allclose(everything.decoders.theta_pre, oracle, atol=1e-8)
    columns = ["paper_r2_pre", "paper_mse_ft"]
    first, second = (a.ranking.set_index("feature")[columns].sort_index() for a in (analysis, everything))
    assert first.equals(second)


def test_one_share_a_group_changes_class_and_filter_rows_only(analysis):
    own = analyse(*tables(), replace(SMALL, per_group_share=True))
    changed = (own.groups["r2_pre"] != analysis.groups["r2_pre"]).groupby(own.groups["grouping"]).all()
    assert changed.to_dict() == {
        "class": True,
        "image_type": True,
        "modality": False,
        "modality_class": False,
        "overall": False,
    }
    assert len(own.report.shares) == 8
    assert own.ranking.equals(analysis.ranking)


def test_a_bias_is_exported_and_used():
    analysis = analyse(*tables(n=60), replace(SMALL, bias=True))
    assert (analysis.decoders.pre.intercept != 0).all()


def test_the_sweep_sets_the_penalties_that_were_best_on_validation():
    analysis = analyse(*tables(n=60), replace(SMALL, sweep=True, epochs=5))
    points = analysis.report.sweep
    best = min(points, key=lambda point: point.validation_error)
    assert len(points) == 24
    assert (analysis.report.settings.l1, analysis.report.settings.l2) == (best.l1, best.l2)


def test_cases_of_a_feature_match_the_held_out_arrays(analysis):
    decoders, studies, heldout = analysis.decoders, analysis.studies, analysis.heldout
    k = 4
    at = [studies.study_id.index(study) for study in heldout.study_id]
    decoded = studies.z_ft[at] @ decoders.theta_ft[k] + decoders.ft.intercept[k]
    np.testing.assert_allclose(decoded, heldout.decoded_ft[:, k], rtol=1e-5)
    np.testing.assert_allclose(studies.r_minmax[at, k], heldout.true[:, k], rtol=1e-5)


def test_lesion_features_say_that_they_leak_the_label():
    assert "lesion_roi" in codes(analyse(*tables(n=40), replace(SMALL, roi="lesion")))


def test_raw_embeddings_with_large_offsets_kill_units_and_say_so():
    pre, ft, features = tables()
    shifted = [replace(table, values=table.values - 50) for table in (pre, ft)]
    assert "dead_units_pre" in codes(analyse(*shifted, features, replace(SMALL, standardise_x="none", epochs=3)))


def test_progress_can_cancel():
    def stop(step: str, done: int, total: int) -> None:
        raise Cancelled(f"stopped in {step} at {done} of {total}")

    with pytest.raises(Cancelled, match="stopped in fitting the paper's projection at 1 of 20"):
        analyse(*tables(n=40), SMALL, progress=stop)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1},
        {"threads": 0},
        {"folds": 1},
        {"theta_on": "test"},
        {"hidden": -1},
    ],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(BadSettings):
        LensSettings(**wrong)


def test_splits_that_leave_nothing_to_score_or_choose_on_are_refused():
    studies = tables(n=40)[0].study_id
    with pytest.raises(BadTable, match="one test study"):
        analyse(*tables(n=40), SMALL, {study: "train" if i else "test" for i, study in enumerate(studies)})
    no_validation = {study: "train" if i > 9 else "test" for i, study in enumerate(studies)}
    with pytest.raises(BadSettings, match="split has none"):
        analyse(*tables(n=40), replace(SMALL, sweep=True), no_validation)


def test_a_table_whose_values_do_not_fit_its_ids_is_refused():
    with pytest.raises(BadTable, match="do not fit 2 studies and 3 columns"):
        Embeddings(
            study_id=("a", "b"), patient_id=("a", "b"), values=np.zeros((3, 2)), name="pre", dimensions=(0, 1, 2)
        )


def test_the_lens_imports_no_web_database_or_torch():
    rooms = "backend.science.analysis.analyse, backend.science.report.result_files, backend.science.report.report_html"
    code = f"import sys, {rooms}; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "backend.science.analysis.analyse" in loaded
    assert loaded.isdisjoint({"fastapi", "starlette", "uvicorn", "streamlit", "sqlalchemy", "alembic", "dask", "typer"})
    assert loaded.isdisjoint({"torch"})


def test_hidden_units_can_follow_the_size_of_the_cohort():
    analysis = analyse(*tables(n=60), replace(SMALL, hidden=0))
    assert analysis.report.hidden == analysis.report.settings.hidden == 42 // 4
    assert LensSettings(hidden=0).with_hidden(10).hidden == 8
    assert LensSettings(hidden=0).with_hidden(4000).hidden == 128
    assert LensSettings(hidden=300).with_hidden(10).hidden == 300

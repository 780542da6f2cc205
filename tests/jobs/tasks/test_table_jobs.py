"""Jobs on tables: sample, import, analysis; each runs for real in this process."""

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import func, select

from backend.models import Analysis, AnalysisFeature, AnalysisGroup, Case, Cohort, Decoder, DecodingEvidence, Embedding
from backend.science.analysis import analyse
from backend.science.synthetic.tables import synth_tables
from backend.science.tables.read_embeddings import read_embeddings
from backend.science.tables.read_radiomics import read_radiomics
from backend.storage.database import Database
from shared import schemas as s
from tests.jobs import tiny

PATIENTS = 40


@pytest.fixture
def files(tmp_path):
    drawn = synth_tables(PATIENTS, k_per_modality=36, d=24, seed=3, scenario="planted", repeated=0.2)
    paths = {}
    for name in ("pre", "ft", "radiomics", "clinical"):
        paths[name] = tmp_path / f"{name}.csv"
        getattr(drawn, name).to_csv(paths[name], index=False)
    return paths


def imported(settings, files, **changes) -> s.Job:
    given = {name: str(path) for name, path in files.items()}
    return tiny.run(settings, s.ImportTablesParams(**({"cohort": "mine"} | given | changes)))


def analysis_of(settings, cohort_id, **changes) -> s.Job:
    wanted = {"task": "pirads", "roi": "gland", "hidden": 8, "epochs": 5, "trust": False} | changes
    return tiny.run(settings, s.AnalyseParams(cohort_id=cohort_id, **wanted))


def test_a_sample_is_stored_with_what_was_planted(settings, database: Database) -> None:
    params = s.SynthTablesParams(cohort="sample", patients=30, scenario="planted")
    result = tiny.done(tiny.run(settings, params))
    assert result["accepted"] == 34
    with database.read() as session:
        cohort = session.scalars(select(Cohort)).one()
        assert sorted(cohort.settings["truth"].values()) == ["stronger"] * 4 + ["untouched"] * 10 + ["weaker"] * 4
        assert "stronger" in cohort.note
        assert session.scalar(select(func.count()).select_from(Embedding)) == 2 * 34
        assert session.scalars(select(Case.pirads)).all().count(None) == 0


def test_an_imported_cohort_gives_the_numbers_of_the_files(settings, database: Database, files) -> None:
    cohort_id = tiny.done(imported(settings, files))["cohort_id"]
    result = tiny.done(analysis_of(settings, cohort_id))
    with database.read() as session:
        split = dict(session.execute(select(Case.study_id, Case.split)).all())
        decoder = session.get_one(Decoder, result["analysis_id"])
        features = session.scalars(select(AnalysisFeature).order_by(AnalysisFeature.rank_paper)).all()
        groups = session.scalars(select(AnalysisGroup)).all()
    direct = analyse.analyse(
        read_embeddings(files["pre"]),
        read_embeddings(files["ft"]),
        read_radiomics(files["radiomics"]),
        analyse.LensSettings(hidden=8, epochs=5, trust=False, task="pirads", roi="gland"),
        split,
    )
    assert np.array_equal(decoder.theta_pre, direct.decoders.theta_pre)
    assert np.array_equal(decoder.z_ft, direct.studies.z_ft)
    assert np.array_equal(decoder.r_minmax, direct.studies.r_minmax)
    assert decoder.solved.sum() == list(split.values()).count("train")
    assert all(row.r2_pre is None and row.flag is None for row in features), "there is no trust block"
    for column in ("i_ft", "delta_i", "rank_paper", "paper_r2_ft"):
        expected = dict(zip(direct.ranking["feature"], direct.ranking[column].tolist(), strict=True))
        assert {row.feature: getattr(row, column) for row in features} == expected
    assert decoder.features[features[0].k] == features[0].feature
    assert len(groups) == len(direct.groups)
    theta = np.linalg.pinv(decoder.z_pre[decoder.solved]) @ decoder.r_minmax[decoder.solved]
    assert np.abs(theta.T - decoder.theta_pre).max() < 1e-8


def test_the_trust_block_is_stored_beside_the_paper_s(settings, database: Database, files) -> None:
    cohort_id = tiny.done(imported(settings, files))["cohort_id"]
    result = tiny.done(analysis_of(settings, cohort_id, trust=True))
    with database.read() as session:
        report = session.get_one(Analysis, result["analysis_id"]).report
        rows = session.scalars(select(AnalysisFeature)).all()
        evidence = session.scalars(select(DecodingEvidence).order_by(DecodingEvidence.k)).all()
    assert report["report_version"] == 2
    assert sum(report["trust"]["flags"].values()) == len(rows) == len(evidence)
    by_k = {row.k: row for row in rows}
    for one in evidence:
        assert one.influence.shape == (PATIENTS,)
        assert abs(one.influence.sum()) < 1e-5  # of deviations from their mean
        p = len(one.influence)
        se = np.sqrt(report["trust"]["variance_ratio"] * (p - 1) / p * np.square(one.influence.astype(float)).sum())
        assert by_k[one.k].se == pytest.approx(se, rel=1e-5)
        assert by_k[one.k].effect == pytest.approx(one.effect_by_run.mean(), abs=1e-12)
    assert all(row.effect is not None and row.r2_pre != row.paper_r2_pre for row in rows)


def test_the_split_keeps_patients_on_one_side_and_stays(settings, database: Database, files) -> None:
    cohort_id = tiny.done(imported(settings, files))["cohort_id"]
    tiny.done(analysis_of(settings, cohort_id))
    with database.read() as session:
        rows = session.execute(select(Case.patient_id, Case.split)).all()
    sides = pd.DataFrame(rows, columns=["patient", "split"]).drop_duplicates()
    assert sides["patient"].is_unique
    assert sides["split"].value_counts().to_dict() == {"train": 28, "test": 8, "val": 4}


def test_the_same_analysis_is_answered_from_the_store(settings, database: Database, files, monkeypatch) -> None:
    cohort_id = tiny.done(imported(settings, files))["cohort_id"]
    first = tiny.done(analysis_of(settings, cohort_id))
    with monkeypatch.context() as patch:
        patch.setattr("backend.science.analysis.analyse.analyse", None)  # nothing is computed
        second = tiny.done(analysis_of(settings, cohort_id))
    assert (second["cached"], second["analysis_id"]) == (True, first["analysis_id"])
    other = tiny.done(analysis_of(settings, cohort_id, seed=1))
    assert other["cached"] is False
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Analysis)) == 2


def test_tables_that_cannot_be_joined_store_nothing(settings, database: Database, files) -> None:
    short = pd.read_csv(files["ft"], dtype=str).iloc[:-3]
    short.to_csv(files["ft"], index=False)
    job = imported(settings, files)
    assert job.state == "failed"
    assert "ft.csv lacks 3" in job.error
    with database.read() as session:
        assert session.scalars(select(Case)).all() == []
    again = imported(settings, files, intersect=True)
    assert tiny.done(again)["rejected"] == 3
    with database.read() as session:
        reasons = session.scalars(select(Case.reason).where(Case.status == "rejected")).all()
    assert set(reasons) == {"It has no row in ft.csv."}


def test_the_clinical_table_is_checked_and_only_known_columns_are_kept(settings, database: Database, files) -> None:
    table = pd.read_csv(files["clinical"], dtype=str)
    table["name"] = "Erika"
    table.to_csv(files["clinical"], index=False)
    assert "Column 7 of clinical.csv seems to hold a person's data" in imported(settings, files).error
    tiny.done(imported(settings, files, ids="keep"))
    with database.read() as session:
        case = session.scalars(select(Case).order_by(Case.study_id)).first()
        assert case is not None
        assert (case.pirads, case.clinical) == (int(table["pirads"][0]), {})
    table.loc[0, "psa"] = "high"
    table.to_csv(files["clinical"], index=False)
    params = {name: str(path) for name, path in files.items()}
    job = tiny.run(settings, s.ImportTablesParams(cohort="other", ids="keep", **params))
    assert job.state == "failed"
    assert "PSA is 'high'" in job.error


def test_a_column_named_as_the_task_is_kept_as_its_label(settings, database: Database, files) -> None:
    table = pd.read_csv(files["clinical"], dtype=str)
    table["Recurrence"], table["extra"] = np.where(np.arange(len(table)) % 3, "no", "yes"), "1"
    table.to_csv(files["clinical"], index=False)
    cohort_id = tiny.done(imported(settings, files, task="recurrence"))["cohort_id"]
    analysis_id = tiny.done(analysis_of(settings, cohort_id, task="recurrence", trust=True))["analysis_id"]
    with database.read() as session:
        words = dict(session.execute(select(Case.study_id, Case.clinical)).all())
        assert session.get_one(Analysis, analysis_id).settings["label"] == ["recurrence"]
        assert session.scalars(select(Cohort.settings)).one()["dropped_columns"] == []
    expected = dict(zip(table["study_id"], table["Recurrence"], strict=True))
    assert words == {study: {"recurrence": word, "extra": 1} for study, word in expected.items()}
    table["Recurrence"] = "Mustermann, Erika"
    table.to_csv(files["clinical"], index=False)
    assert "values of the clinical table" in imported(settings, files, cohort="other", task="recurrence").error


@pytest.mark.parametrize(
    ("column", "word", "sentence"),
    [("pirads", "7", "PI-RADS is 7"), ("isup", "3.9", "ISUP is 3.9"), ("psa", "-3", "PSA is '-3'"),
     ("age", "inf", "age is 'inf'")],
)  # fmt: skip
def test_clinical_numbers_are_read_as_beside_images(
    settings, database: Database, files, column, word, sentence
) -> None:
    table = pd.read_csv(files["clinical"], dtype=str)
    table.loc[0, column] = word
    table.to_csv(files["clinical"], index=False)
    job = imported(settings, files)
    assert job.state == "failed"
    assert sentence in job.error
    with database.read() as session:
        assert session.scalars(select(Case)).all() == []


def test_columns_of_the_pi_cai_marksheet_fill_the_same_fields(settings, database: Database, files) -> None:
    table = pd.read_csv(files["clinical"], dtype=str)[["study_id", "patient_id"]]
    table.assign(lesion_PIRADS="N/A,4", prostate_volume="52.5", patient_age="63").to_csv(files["clinical"], index=False)
    tiny.done(imported(settings, files))
    with database.read() as session:
        assert set(session.execute(select(Case.pirads, Case.volume_ml, Case.age)).all()) == {(4, 52.5, 63.0)}


def test_an_unexpected_error_ends_in_the_row_without_its_text(settings, files, monkeypatch, caplog) -> None:
    cohort_id = tiny.done(imported(settings, files))["cohort_id"]

    def broken(*_: object) -> None:
        raise KeyError("Mustermann, Erika")

    monkeypatch.setattr(analyse, "analyse", broken)
    job = analysis_of(settings, cohort_id)
    assert job.state == "failed"
    assert "KeyError" in job.error
    assert "Mustermann" not in job.error
    assert "Mustermann" in caplog.text

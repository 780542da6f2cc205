"""Several runs and controls of one recipe, imported as tables and analysed as one."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import delete, select

from backend.errors import Conflict
from backend.jobs.data.load_analyses import read_stored_analysis
from backend.models import Analysis, AnalysisFeature, Case, Embedding, Encoder, JobLog, Share
from backend.science.analysis import analyse
from backend.science.tables.read_clinical import read_clinical
from backend.science.tables.read_embeddings import read_embeddings
from backend.science.tables.read_radiomics import read_radiomics
from backend.science.tables.study_columns import study_column
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server
from tests.api.reads import get
from tests.cli.running import called
from tests.jobs import tiny
from tests.jobs.recipe_tables import RUNS, import_params, write_tables

LENS = {"task": "pirads", "roi": "gland", "hidden": 4, "epochs": 2}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_tables(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def cohort_id(settings, files) -> str:
    return str(tiny.done(tiny.run(settings, import_params(files)))["cohort_id"])


def analyse_params(cohort_id: str, **changes: object) -> s.AnalyseParams:
    return s.AnalyseParams.model_validate({"cohort_id": cohort_id, **LENS, "runs": True} | changes)


def log_of(database: Database, job: s.Job) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(JobLog.line).where(JobLog.job_id == job.id).order_by(JobLog.id)))


def test_runs_and_controls_are_stored_as_one_recipe(settings, database: Database, files) -> None:
    job = tiny.run(settings, import_params(files))
    result = tiny.done(job)
    assert (result["runs"], result["controls"]) == (RUNS, 1)
    read = [(one["table"], one["what"]) for one in result["tables"]]  # type: ignore[index,union-attr]  # JSON
    assert read == [
        ("pre.csv", "embeddings before fine-tuning"), ("ft1.csv", "embeddings run 1"),
        ("ft2.csv", "embeddings run 2"), ("ft3.csv", "embeddings run 3"), ("control.csv", "embeddings control 1"),
        ("radiomics.csv", "radiomics"), ("clinical.csv", "clinical"),
    ]  # fmt: skip
    assert any(line.startswith("ft2.csv: embeddings run 2, ") for line in log_of(database, job))
    with database.read() as session:
        rows = session.scalars(select(Encoder).order_by(Encoder.name)).all()
        stored = {row.name: (row.stage, row.run_number, row.control) for row in rows}
        recipes = {row.recipe_id for row in rows if row.stage == "ft"}
        first = next(row for row in rows if row.name == "ft1.csv")
        values = session.scalars(
            select(Embedding.values).join(Case).where(Embedding.encoder_id == first.id).order_by(Case.study_id)
        ).all()
    assert stored == {
        "pre.csv": ("pre", None, None), "ft1.csv": ("ft", 0, None), "ft2.csv": ("ft", 1, None),
        "ft3.csv": ("ft", 2, None), "control.csv": ("ft", 0, "shuffled_labels"),
    }  # fmt: skip
    assert recipes == {first.id}
    table = read_embeddings(files["ft1"])
    assert np.array_equal(np.stack(values), table.values[table.rows(sorted(table.study_id))])


def test_a_single_run_is_no_recipe_and_equal_tables_are_refused(settings, database: Database, files) -> None:
    job = tiny.run(settings, import_params(files, controls=2))
    assert job.state == "failed"
    assert "The embeddings control 1 and control 2 are the same (control.csv)" in job.error
    tiny.done(tiny.run(settings, import_params(files, runs=1, controls=0)))
    with database.read() as session:
        assert set(session.scalars(select(Encoder.recipe_id))) == {None}


def test_the_command_imports_and_analyses_them(files, tmp_path) -> None:
    fts = [word for run in (1, 2, 3) for word in ("--ft", files[f"ft{run}"])]
    rest = ("--radiomics", files["radiomics"], "--clinical", files["clinical"], "--control", files["control"])
    done = called("import", "tables", "--cohort", "mine", "--pre", files["pre"], *fts, *rest, data_dir=tmp_path / "d")
    assert done.returncode == 0, done.stderr
    assert "read      ft3.csv: embeddings run 3, " in done.stdout
    words = ("--task", "pirads", "--roi", "gland", "--hidden", 4, "--epochs", 2)
    done = called("analyze", "mine", *words, "--runs", data_dir=tmp_path / "d")
    assert "queued as" in done.stdout, done.stderr
    done = called("analyze", "mine", *words, "--label", "gleason", data_dir=tmp_path / "d")
    assert done.returncode == 1
    assert "has no column 'gleason'; it has pirads" in done.stderr


def test_all_runs_give_the_numbers_of_the_files(settings, database: Database, cohort_id: str, files) -> None:
    job = tiny.run(settings, analyse_params(cohort_id))
    result = tiny.done(job)
    with database.read() as session:
        split = dict(session.execute(select(Case.study_id, Case.split)).all())
        rows = session.scalars(select(AnalysisFeature).order_by(AnalysisFeature.k)).all()
        kept = session.get_one(Analysis, result["analysis_id"]).settings
    known = read_clinical(files["clinical"])
    beside = analyse.Beside(
        (read_embeddings(files["control"]),),
        (study_column(known, "pirads"),),
        (study_column(known, "center", "class"),),
    )
    direct = analyse.analyse(
        read_embeddings(files["pre"]),
        [read_embeddings(files[f"ft{run}"]) for run in (1, 2, 3)],
        read_radiomics(files["radiomics"]),
        analyse.LensSettings(hidden=4, epochs=2, task="pirads", roi="gland"),
        split,
        beside=beside,
    )
    assert direct.trust is not None
    expected = direct.ranking.set_index("feature")
    for column in ("effect", "se", "effect_given_label", "label_borne", "n_runs_agree", "chance_r2_ft", "q"):
        stored = pd.Series({row.feature: getattr(row, column) for row in rows}, dtype=float)
        pd.testing.assert_series_equal(
            stored.sort_index(), expected[column].astype(float).sort_index(), check_names=False, rtol=0, atol=0
        )
    assert {row.n_runs for row in rows} == {RUNS}
    assert (kept["label"], kept["covariates"], len(kept["further_runs"])) == (["pirads"], ["center"], 2)
    lines = log_of(database, job)
    assert "The run is analysed with 2 more runs and 1 control on shuffled labels of its recipe." in lines
    assert any(line.startswith("Changes are also read given the task's own label, pirads") for line in lines)
    assert "Every decoding is given center (2 classes)." in lines
    with server.running(settings.data_dir) as client:
        client.headers.update(server.bearer(client, "researcher"))
        plan = client.post("/api/v1/jobs/plan", json={"params": analyse_params(cohort_id).model_dump()}).json()
        assert set(plan["sentences"][1:-1]) <= set(lines), "the plan says what the log says"
        assert len(plan["sentences"]) == 5
        trust = s.AnalysisDetail.model_validate(get(client, f"/analyses/{result['analysis_id']}")).trust
        assert trust is not None
        assert trust.runs is not None
        assert (trust.runs.n_runs, trust.runs.tables) == (RUNS, [f"ft{run}.csv embeddings" for run in (1, 2, 3)])
        assert trust.controls is not None
        assert (trust.controls.n_runs, trust.controls.tables) == (1, ["control.csv embeddings"])
        assert trust.covariates == ["center (2 classes)"]
        assert trust.label[0].startswith("pirads (")
        found = s.FeatureEvidence.model_validate(
            get(client, f"/analyses/{result['analysis_id']}/evidence/{rows[0].feature}")
        )
        body = {"analysis_id": result["analysis_id"], "label": "l", "with_pictures": False}
        made = client.post("/api/v1/shares", json=body)
        with database.read() as session:
            told = session.get_one(Share, made.json()["id"]).snapshot["page"]["made_of"]
        assert (told["Trainings"], told["Trainings on shuffled answers"]) == ("3", "1")
        assert len(found.by_run) == RUNS
        assert np.mean(found.by_run) == pytest.approx(rows[0].effect, abs=1e-12)


def test_one_run_alone_says_how_many_there_are_and_is_another_analysis(
    settings, database: Database, cohort_id: str
) -> None:
    every = tiny.done(tiny.run(settings, analyse_params(cohort_id)))
    job = tiny.run(settings, analyse_params(cohort_id, runs=False))
    assert tiny.done(job)["cached"] is False
    words = "One run is analysed; its recipe has 2 more runs and 1 control on shuffled labels (--runs analyses all)."
    assert words in log_of(database, job)
    again = tiny.done(tiny.run(settings, analyse_params(cohort_id)))
    assert (again["cached"], again["analysis_id"]) == (True, every["analysis_id"])
    with database.write() as session:
        last = session.scalars(select(Encoder).where(Encoder.name == "ft3.csv")).one()
        last.recipe_id = last.run_number = None
        first = session.scalars(select(Encoder.id).where(Encoder.name == "ft1.csv")).one()
    fewer = tiny.done(tiny.run(settings, analyse_params(cohort_id, ft_encoder_id=first)))
    assert fewer["cached"] is False


def test_asking_for_runs_where_there_are_none_is_refused(settings, database: Database, files) -> None:
    alone = tiny.done(tiny.run(settings, import_params(files, runs=1, controls=0)))["cohort_id"]
    with pytest.raises(Conflict, match="only run of its recipe, and has no control"):
        tiny.submit(settings, analyse_params(str(alone)))
    several = tiny.done(tiny.run(settings, import_params(files, cohort="other")))["cohort_id"]
    with database.read() as session:
        control = session.scalars(select(Encoder.id).where(Encoder.control.is_not(None))).one()
    with pytest.raises(Conflict, match="is a control on shuffled labels; choose a run"):
        tiny.submit(settings, analyse_params(str(several), ft_encoder_id=control))
    with pytest.raises(Conflict, match="belong to the trust block"):
        tiny.submit(settings, analyse_params(str(several), trust=False))


def test_a_label_that_studies_lack_is_not_given_and_refused_by_name(
    settings, database: Database, cohort_id: str
) -> None:
    with database.write() as session:
        for case in session.scalars(select(Case).order_by(Case.study_id).limit(3)):
            case.pirads = None
        n = len(session.scalars(select(Case)).all())
    job = tiny.run(settings, analyse_params(cohort_id, runs=False))
    with database.read() as session:
        assert session.get_one(Analysis, tiny.done(job)["analysis_id"]).settings["label"] == []
    assert f"No label is given: pirads is missing for 3 of {n} studies." in log_of(database, job)
    with pytest.raises(Conflict, match=f"pirads is missing for 3 of {n} studies; fill it in"):
        tiny.submit(settings, analyse_params(cohort_id, label=["pirads"]))


def test_an_analysis_of_runs_is_decoded_again_with_the_same_runs_and_covariates(
    settings, database: Database, cohort_id: str
) -> None:
    first = tiny.done(tiny.run(settings, analyse_params(cohort_id)))["analysis_id"]
    with database.write() as session:
        session.scalars(select(Case).order_by(Case.study_id)).first().status = "excluded"
    second = tiny.done(tiny.run(settings, analyse_params(cohort_id, seed=1)))["analysis_id"]
    with database.write() as session:  # what is chosen now must not change what is decoded again
        for row in session.scalars(select(Encoder).where(Encoder.stage == "ft")):
            row.recipe_id = row.run_number = None
    stored = read_stored_analysis(database, str(second))
    tables = stored.load_tables(stored.study_id)
    assert len(tables.runs) == RUNS
    assert [one.name for one in tables.covariates] == ["center"]
    assert [one.name for one in tables.label] == ["pirads"]
    with database.read() as session:
        third = session.scalars(select(Encoder.id).where(Encoder.name == "ft3.csv")).one()
        rows = session.scalars(
            select(Embedding.values)
            .join(Case)
            .where(Embedding.encoder_id == third, Case.study_id.in_(stored.study_id))
            .order_by(Case.study_id)
        ).all()
    assert np.array_equal(tables.runs[2], np.stack(rows))
    result = tiny.done(tiny.run(settings, s.CompareParams(analysis_ids=[str(first), str(second)])))
    with server.running(settings.data_dir) as client:
        client.headers.update(server.bearer(client, "viewer"))
        found = s.ComparisonDetail.model_validate(get(client, f"/comparisons/{result['comparison_id']}"))
        rows = s.Page[s.ComparedRow].model_validate(get(client, f"/comparisons/{found.id}/features")).items
    assert found.recomputed
    assert any(abs(row.effect_first) > 0.01 for row in rows)
    assert [row.difference for row in rows] == pytest.approx([0.0] * len(rows), abs=1e-9), "the same tables of each"


def test_a_run_without_embeddings_leaves_studies_out_and_says_so(settings, database: Database, cohort_id: str) -> None:
    with database.write() as session:
        encoder = session.scalars(select(Encoder).where(Encoder.name == "ft2.csv")).one()
        gone = session.scalars(select(Case.id).order_by(Case.study_id).limit(2)).all()
        session.execute(delete(Embedding).where(Embedding.encoder_id == encoder.id, Embedding.case_id.in_(gone)))
    job = tiny.run(settings, analyse_params(cohort_id))
    tiny.done(job)
    assert "2 studies are left out: not embedded." in log_of(database, job)

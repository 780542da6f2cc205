"""Names in tables: refused until somebody decides, and stored nowhere, whatever place of the tables they stand in."""

import pandas as pd
import pytest
from sqlalchemy import select

from backend.models import Case, Cohort, JobLog
from backend.science.synthetic.tables import synth_tables
from shared import schemas as s
from tests.jobs import tiny

CANARY = "CANARY^ERIKA"
WORDS = ("CANARY", "Canary", "canary", "ERIKA", "Erika", "1961-02-03")


@pytest.fixture
def tables():
    """The tables of one cohort, every cell as text."""
    drawn = synth_tables(24, k_per_modality=18, d=8, seed=3, scenario="planted", repeated=0.2)
    return {name: getattr(drawn, name).astype(str) for name in ("pre", "ft", "radiomics", "clinical")}


def run(settings, tables, folder, **changes) -> s.Job:
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    paths = {name: str(folder / f"{name}.csv") for name in tables}
    return tiny.run(settings, s.ImportTablesParams(cohort="mine", **(paths | changes)))


def stored(settings) -> bytes:
    """Every byte of the data folder, the database and the log of each job included."""
    files = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files)


def put_name(tables, place) -> None:
    """Writes the canary into one place of the tables."""
    if place == "ids":
        old = tables["pre"]["patient_id"][0]
        for table in tables.values():
            table["study_id"] = table["study_id"].where(table["patient_id"] != old, table["study_id"] + "_" + CANARY)
            table["patient_id"] = table["patient_id"].replace(old, CANARY)
    elif place == "twice":
        tables["pre"] = pd.concat([tables["pre"], tables["pre"].iloc[:1].assign(study_id=CANARY)] * 2)
    elif place == "feature":
        tables["radiomics"].iloc[1, 4] = CANARY
    elif place == "grade":
        tables["clinical"].loc[1, "psa"] = CANARY
    elif place == "center":
        tables["clinical"]["center"] = ["Dr. Canary", *["RUMC"] * (len(tables["clinical"]) - 1)]
    elif place == "split":
        tables["clinical"]["split"] = [CANARY, *["train"] * (len(tables["clinical"]) - 1)]
    elif place == "column":
        tables["clinical"]["birth_date"] = "1961-02-03"
        tables["clinical"][CANARY] = "Erika Canary"
    elif place == "text of the embeddings":
        tables["pre"]["patient_name"] = CANARY


PLACES = ("ids", "twice", "feature", "grade", "center", "split", "column", "text of the embeddings")
REFUSED_EVEN_SO = ("twice", "feature", "grade")


@pytest.mark.parametrize("place", PLACES)
def test_a_name_in_a_table_stops_the_import_and_reaches_nothing(settings, database, tables, tmp_path, capfd, place):
    put_name(tables, place)
    job = run(settings, tables, tmp_path)
    assert job.state == "failed"
    assert ".csv" in job.error, "it says in which file"
    with database.read() as session:
        assert session.scalars(select(Case)).all() == []
        log = " ".join(session.scalars(select(JobLog.line)))
    told = job.model_dump_json() + log + "".join(capfd.readouterr())
    assert [word for word in WORDS if word in told or word.encode() in stored(settings)] == []


@pytest.mark.parametrize("place", ["ids", *REFUSED_EVEN_SO])
def test_a_file_named_after_a_person_is_not_repeated(settings, database, tables, tmp_path, place):
    put_name(tables, place)
    named = {}
    for name, table in tables.items():
        named[name] = str(tmp_path / f"Otto {CANARY}_{name}.csv")
        table.to_csv(named[name], index=False)
    job = run(settings, tables, tmp_path, **named)
    with database.read() as session:
        log = " ".join(session.scalars(select(JobLog.line)))
    assert ".csv" in job.error or "file names" in job.error
    assert [word for word in (*WORDS, "Otto") if word in job.error + log] == []


@pytest.mark.parametrize("place", [place for place in PLACES if place not in REFUSED_EVEN_SO])
def test_pseudonyms_leave_no_name_behind(settings, database, tables, tmp_path, place):
    studies = set(tables["pre"]["study_id"])
    put_name(tables, place)
    result = tiny.done(run(settings, tables, tmp_path, ids="pseudonymise"))
    assert result["accepted"] == len(studies)
    with database.read() as session:
        cases = session.scalars(select(Case)).all()
        cohort = session.scalars(select(Cohort)).one()
    assert all(case.patient_id.startswith("P") and case.study_id.startswith(case.patient_id) for case in cases)
    assert len({case.patient_id for case in cases}) == 24
    assert cohort.settings["ids"] == "replaced by pseudonyms"
    assert [word for word in WORDS if word.encode() in stored(settings)] == []


def test_an_import_lists_what_was_dropped(settings, database, tables, tmp_path):
    tables["clinical"]["ward"] = "B"
    tables["clinical"]["seen"] = "2026-03-04"
    put_name(tables, "column")
    tiny.done(run(settings, tables, tmp_path, ids="keep"))
    with database.read() as session:
        dropped = session.scalars(select(Cohort)).one().settings["dropped_columns"]
        kept = session.scalars(select(Case.clinical)).all()
    assert kept == [{"ward": "B"}] * len(kept)
    assert "seen (dates)" in dropped
    assert "2 with a person's data" in dropped


def test_ordinary_tables_ask_nothing(settings, tables, tmp_path):
    tiny.done(run(settings, tables, tmp_path))

"""Rows that hold results: a changed value, key or word is found when the row is read."""

import hashlib
import json
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import event, select, text

from backend import models
from backend.errors import Damaged
from backend.settings import Settings
from backend.storage import integrity_check
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, make_engine, upgrade
from backend.storage.integrity_check import check_store
from tests.postgres.per_folder import ON_SERVER

ROOT = Path(__file__).parents[2]
FLOATS = ("i_pre", "i_ft", "delta_i", "paper_r2_pre", "r2_pre", "effect", "p", "q", "ci_low")


@pytest.fixture
def database(tmp_path: Path):
    settings = Settings(data_dir=tmp_path)
    upgrade(settings)
    opened = Database(settings)
    with opened.write() as session:
        session.add(models.Cohort(id="c", name="x", kind="tables"))
        session.flush()
        session.add(
            models.Case(id="k", cohort_id="c", study_id="1", patient_id="1", psa=4, pirads=3, clinical={1: -0.0})
        )
        for stage in ("pre", "ft"):
            session.add(models.Encoder(id=stage, name="e", arch="a", sha256="0", stage=stage, cache_key=stage))
        session.flush()
        words = {"task": "pirads", "roi": "gland", "settings": {}, "report": {"K": 1}, "sentences": ["a"]}
        pair = {"pre_encoder_id": "pre", "ft_encoder_id": "ft"}
        session.add(models.Analysis(id="a", cohort_id="c", cache_key="k", **words, **pair))
        session.flush()
        numbers = dict.fromkeys(FLOATS, 0.25) | {"se": float("nan"), "r2_ft": -0.0}
        names = dict.fromkeys(("feature", "modality", "image_type", "feature_class", "feature_name"), "w")
        session.add(models.AnalysisFeature(analysis_id="a", k=0, rank_paper=1, **names, **numbers))
        session.add(models.AnalysisGroup(analysis_id="a", grouping="class", group="glcm", values={"r2_pre": 0.5}))
    yield opened
    opened.close()


def read_all(database: Database) -> None:
    with database.read() as session:
        for model in (models.Case, models.Encoder, models.Analysis, models.AnalysisFeature, models.AnalysisGroup):
            session.scalars(select(model)).all()


def test_rows_read_back_as_they_were_written(database: Database) -> None:
    read_all(database)
    with database.write() as session:
        session.get_one(models.Case, "k").split = "test"
    read_all(database)


json_by_hand = pytest.mark.skipif(ON_SERVER, reason="PostgreSQL takes no broken JSON")


@pytest.mark.parametrize(
    "statement",
    [
        *(f"UPDATE analysis_features SET {column} = 0.25000000000000006" for column in FLOATS),
        "UPDATE analysis_features SET flag = 'stronger'",
        "UPDATE analysis_features SET k = 1",
        "UPDATE analysis_features SET se = 0",
        "UPDATE analysis_features SET seal = ''",
        'UPDATE analysis_groups SET "values" = \'{"r2_pre": 0.6}\'',
        "UPDATE analyses SET report = '{\"K\": 2}'",
        "UPDATE cases SET psa = 5",
        "UPDATE cases SET pirads = 2",
        "UPDATE cases SET patient_id = '2'",
        "UPDATE encoders SET sha256 = '1' WHERE id = 'pre'",
    ],
)
def test_a_changed_row_is_not_answered(database: Database, statement: str) -> None:
    with database.write() as session:
        session.execute(text(statement))
    with pytest.raises(Damaged, match="no longer matches its hash"):
        read_all(database)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE cases SET warnings = '[\"a'", marks=json_by_hand),
        pytest.param("UPDATE analyses SET report = 'K'", marks=json_by_hand),
        "UPDATE encoders SET created_at = '2026-13-01T00:00:00+00:00'",
    ],
)
def test_a_cell_that_cannot_be_read_is_damage_and_no_failure_of_the_program(database: Database, statement: str) -> None:
    with database.write() as session:
        session.execute(text(statement))
    with pytest.raises(Damaged, match="restore the database from a backup"):
        read_all(database)


def at_revision(settings: Settings, revision: str, statements: list[str]) -> None:
    """A database as the code of that revision left it, filled by plain statements."""
    engine = make_engine(settings)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "backend" / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


WHEN = "2026-01-01T00:00:00+00:00"
COHORT = f"INSERT INTO cohorts VALUES ('c', 'x', 'images', '', '{{}}', '{WHEN}')"


def test_rows_of_the_first_version_are_sealed_by_the_upgrade(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    columns = "id, cohort_id, study_id, patient_id, status, reason, warnings, psa, geometry, clinical, source_hash"
    values = "'k', 'c', '1', '1', 'accepted', '', '[]', 4, '{}', '{}', ''"
    insert = f"INSERT INTO cases ({columns}, created_at) VALUES ({values}, '{WHEN}')"
    at_revision(settings, "0001", [COHORT, insert])
    upgrade(settings)
    database = Database(settings)
    with database.read() as session:
        case = session.scalars(select(models.Case)).one()
    assert (case.psa, case.review, len(case.checksum)) == (4.0, "unseen", 32)
    database.close()


def encoder_of_revision_2(key: str, sha256: str, written: str, empty: bool) -> str:
    """An encoder's row with the seal that its columns had at revision 0002, of `written` as its sha256.

    `empty`: the seals of the first hours covered empty columns as well.
    """
    row: dict[str, object] = {
        "arch": "a", "cache_key": key, "cohort_id": "c", "created_at": WHEN, "epoch": None, "history": [], "id": key,
        "metrics": {"auc": 0.5}, "name": "e", "parent_id": None, "settings": {}, "sha256": written, "stage": "pre",
        "task": None,
    }  # fmt: skip
    values = [[name, value] for name, value in sorted(row.items()) if empty or value is not None]
    sealed = json.dumps(values, sort_keys=True, separators=(",", ":"))
    seal = hashlib.blake2b(sealed.encode(), digest_size=16).hexdigest()
    stored = row | {"sha256": sha256, "seal": seal}
    words = [
        "NULL" if each is None else f"'{json.dumps(each) if isinstance(each, list | dict) else each}'"
        for each in stored.values()
    ]
    return f"INSERT INTO encoders ({', '.join(stored)}) VALUES ({', '.join(words)})"


@json_by_hand
def test_an_upgrade_seals_whole_rows_anew_and_leaves_damaged_ones_refused(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    rows = [
        COHORT,
        encoder_of_revision_2("first form", "f", "f", empty=True),
        encoder_of_revision_2("second form", "f", "f", empty=False),
        encoder_of_revision_2("damaged", "f", "e", empty=False),
        encoder_of_revision_2("no text", "f", "f", empty=False).replace('{"auc": 0.5}', '{"auc": 0.5'),
    ]
    at_revision(settings, "0002", rows)
    upgrade(settings)
    database = Database(settings)
    with database.read() as session:
        for key in ("first form", "second form"):
            assert session.get_one(models.Encoder, key).metrics == {"auc": 0.5}
        with pytest.raises(Damaged, match="no longer matches its hash"):
            session.get_one(models.Encoder, "damaged")
    found = check_store(database, BlobStore(tmp_path / "files"))
    made = ("the default project", "the head of the audit log")
    assert found.rows == len(rows) + len(made)
    assert len(found.problems) == 3, "two damaged rows, and weights that were never stored"
    database.close()


def waits_to_commit(folder: Path) -> bool:
    """Whether a writer has all it needs but the end of the readers: nobody new may read then."""
    with closing(sqlite3.connect(folder / "radiomiclens.sqlite", timeout=0)) as other:
        try:
            other.execute("SELECT count(*) FROM cohorts").fetchone()
        except sqlite3.OperationalError:
            return True
    return False


def test_a_check_lets_writers_commit_between_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings)
    database, other = Database(settings), Database(settings)
    with database.write() as session:
        cohort = models.Cohort(name="c", kind="images")
        session.add(cohort)
        session.flush()
        session.add_all(models.Case(cohort_id=cohort.id, study_id=f"s{n}", patient_id=f"p{n}") for n in range(8))
    monkeypatch.setattr(integrity_check, "BATCH", 3, raising=False)

    def write() -> None:
        with other.write() as session:
            session.add(models.Cohort(name="meanwhile", kind="images"))

    writer, read, waiting = threading.Thread(target=write), [], []

    def loaded(*_: object) -> None:
        read.append(1)
        if len(read) == 1:
            writer.start()
            while writer.is_alive() and not waits_to_commit(tmp_path):
                time.sleep(0.01)
        elif len(read) == 7:
            writer.join(2)
            waiting.append(writer.is_alive())

    event.listen(models.Case, "load", loaded)
    try:
        assert check_store(database, BlobStore(tmp_path / "files")).problems == []
    finally:
        event.remove(models.Case, "load", loaded)
        writer.join()
    assert waiting == [False]
    database.close()
    other.close()

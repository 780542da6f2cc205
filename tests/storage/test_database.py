import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Text, cast, func, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from backend.errors import BadSettings, Damaged
from backend.models import Base, Case, Cohort, Embedding, Encoder, TrainingEpoch, pack_array, unpack_array
from backend.settings import Settings
from backend.storage.database import MIGRATIONS, Database, make_engine, newest_revision, upgrade
from tests.postgres.per_folder import ON_SERVER, sqlite_only
from tests.storage.earlier_versions import migrate


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path / "data")
    upgrade(made)
    return made


@pytest.fixture
def database(settings: Settings):
    opened = Database(settings)
    yield opened
    opened.close()


def test_the_migrations_make_exactly_the_tables_of_the_models(settings: Settings) -> None:
    upgrade(settings)
    engine = make_engine(settings)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_the_newest_revision_is_the_head_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()


def test_a_folder_of_a_newer_version_is_refused_in_words_and_left_alone(settings: Settings) -> None:
    engine = make_engine(settings)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Damaged, match="of a newer version"):
        upgrade(settings)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


@sqlite_only
@pytest.mark.parametrize("statement", ["UPDATE cohorts SET name = CAST(x'ff41' AS TEXT)", "page"])
def test_what_sqlite_cannot_read_is_damage_in_one_sentence(settings: Settings, statement: str) -> None:
    database = Database(settings)
    with database.write() as session:
        session.add(Cohort(name="c", kind="tables"))
    database.close()
    path = settings.data_dir / "radiomiclens.sqlite"
    if statement == "page":
        path.write_bytes(b"nothing of SQLite's " * 400)
    else:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)
    with pytest.raises(Damaged, match="restore it from a backup"), database.read() as session:
        session.scalars(select(Cohort)).all()
    database.close()


def test_a_filled_database_of_an_older_version_keeps_its_rows(tmp_path: Path) -> None:
    older = Settings(data_dir=tmp_path / "older")
    migrate(older, "0001")
    engine = make_engine(older)
    with engine.begin() as connection:
        now = "'2026-11-01T00:00:00+00:00'"
        columns = (
            "id, cohort_id, name, arch, sha256, stage, parent_id, settings, metrics, history, cache_key, created_at"
        )
        for statement in (
            f"INSERT INTO cohorts VALUES ('c', 'old', 'images', '', '{{}}', {now})",
            f"INSERT INTO encoders ({columns}) "
            f"VALUES ('pre', 'c', 'pre', 'a', 'f', 'pre', NULL, '{{}}', '{{}}', '[]', 'k', {now})",
            f"INSERT INTO encoders ({columns}) "
            f"VALUES ('ft', 'c', 'ft', 'a', 'e', 'ft', 'pre', '{{}}', '{{}}', '[]', 'l', {now})",
        ):
            connection.execute(text(statement))
    engine.dispose()
    upgrade(older)
    database = Database(older)
    with database.read() as session:
        assert session.get_one(Encoder, "ft").parent_id == "pre"
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Encoder(name="n", arch="a", sha256="f", stage="ft", parent_id="nobody", cache_key="m"))
    database.close()


def test_epochs_and_encoders_from_before_there_were_runs_keep_their_meaning(tmp_path: Path) -> None:
    older = Settings(data_dir=tmp_path / "older")
    migrate(older, "0006")
    engine = make_engine(older)
    now = "'2026-11-27T00:00:00+00:00'"
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO jobs (id, kind, title, lane, state, params, local, step, step_from, done, total, attempts, "
            "error, result, submitted_by, position, created_at) "
            f"VALUES ('j', 'finetune', 't', 'device', 'done', '{{}}', false, '', 0, 0, 0, 1, '', '{{}}', '', 1, {now})",
            *(
                f"INSERT INTO training_epochs VALUES ('j', {epoch}, '{{\"train_loss\": 0.{epoch}}}', '{{}}')"
                for epoch in (1, 2)
            ),
            "INSERT INTO encoders (id, name, arch, sha256, stage, settings, metrics, history, cache_key, created_at, "
            f"seal) VALUES ('e', 'n', 'a', 'f', 'ft', '{{}}', '{{}}', '[]', 'k', {now}, '')",
        ):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("UPDATE encoders SET seal = ''")
    engine.dispose()
    upgrade(older)
    database = Database(older)
    with database.read() as session:
        epochs = session.scalars(select(TrainingEpoch).order_by(TrainingEpoch.epoch)).all()
        assert [(row.run_number, row.epoch, row.scores) for row in epochs] == [
            (0, 1, {"train_loss": 0.1}),
            (0, 2, {"train_loss": 0.2}),
        ]
        if not ON_SERVER:
            strict = text("SELECT name FROM pragma_table_list WHERE strict AND schema = 'main'")
            assert {"encoders", "training_epochs"} <= set(session.execute(strict).scalars())
        fresh = session.execute(text("SELECT recipe_id, run_number, control FROM encoders")).one()
        assert tuple(fresh) == (None, None, None)
    with database.write() as session:
        session.add(TrainingEpoch(job_id="j", run_number=1, epoch=1))
    database.close()


@sqlite_only
def test_sqlite_is_set_up_for_power_cuts_and_neighbours(database: Database) -> None:
    with database.read() as session:
        pragmas = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in (
            "synchronous", "foreign_keys", "busy_timeout", "journal_mode")}  # fmt: skip
    assert (pragmas["synchronous"], pragmas["foreign_keys"], pragmas["busy_timeout"]) == (2, 1, 30000)
    assert pragmas["journal_mode"] in ("delete", "wal")


def fail_after_a_write(database: Database) -> None:
    with database.write() as session:
        session.add(Cohort(name="x", kind="images"))
        session.flush()
        raise RuntimeError


def test_a_reader_cannot_write_and_a_failed_writer_leaves_nothing(database: Database) -> None:
    with database.read() as session:
        session.add(Cohort(name="x", kind="images"))
        with pytest.raises(DatabaseError, match=r"read-?only"):
            session.flush()
    with pytest.raises(RuntimeError):
        fail_after_a_write(database)
    with database.read() as session:
        assert session.scalars(select(Cohort)).all() == []


def test_wrong_types_and_unknown_parents_are_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Case(cohort_id="nobody", study_id="1", patient_id="1"))
    with pytest.raises((DatabaseError, BadSettings)), database.write() as session:
        session.execute(text("INSERT INTO audit_head (id, n_rows, last_id, last_hash) VALUES (2, 'many', 0, '')"))


def increment(settings: Settings, times: int) -> None:
    database = Database(settings)
    for _ in range(times):
        with database.write() as session:
            cohort = session.scalars(select(Cohort)).one()
            cohort.settings = {"n": cohort.settings["n"] + 1}
    database.close()


def test_increments_by_several_processes_lose_none(settings: Settings, database: Database) -> None:
    with database.write() as session:
        session.add(Cohort(name="counter", kind="images", settings={"n": 0}))
    context = multiprocessing.get_context("fork")
    database.close()
    writers = [context.Process(target=increment, args=(settings, 40)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    with database.read() as session:
        assert session.scalars(select(Cohort)).one().settings == {"n": 160}


def test_arrays_come_back_bit_for_bit() -> None:
    rng = np.random.default_rng(0)
    for array in (
        rng.standard_normal((3, 5)),
        rng.standard_normal(7).astype(">f4"),
        np.array([np.nan, np.inf, -0.0]),
        np.zeros((0, 4), np.float32),
        np.array([True, False]),
        np.array(3.0),
        np.asfortranarray(rng.standard_normal((4, 2))),
    ):
        back = unpack_array(pack_array(array))
        assert back.shape == array.shape
        assert back.dtype.newbyteorder("=") == array.dtype.newbyteorder("=")
        assert back.tobytes() == np.ascontiguousarray(array).astype(back.dtype).tobytes()


def test_every_flipped_bit_of_a_stored_array_is_found(database: Database) -> None:
    with database.write() as session:
        cohort = Cohort(name="x", kind="images")
        session.add(cohort)
        session.flush()
        case = Case(cohort_id=cohort.id, study_id="1", patient_id="1")
        encoder = Encoder(name="e", arch="a", sha256="0", stage="pre", cache_key="k")
        session.add_all([case, encoder])
        session.flush()
        values = np.arange(20, dtype=np.float32)
        session.add(Embedding(case_id=case.id, encoder_id=encoder.id, input_key="i", values=values))
    whole = pack_array(values)
    for bit in np.random.default_rng(1).choice(len(whole) * 8, 60, replace=False).tolist():
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << (bit % 8)
        with database.write() as session:
            session.execute(text('UPDATE embeddings SET "values" = :blob'), {"blob": bytes(flipped)})
        with database.read() as session, pytest.raises(Damaged):
            session.scalars(select(Embedding)).all()


def test_times_keep_their_zone_and_sort_as_text(database: Database) -> None:
    with database.write() as session:
        session.add_all(Cohort(name=name, kind="images") for name in "ab")
    with database.read() as session:
        first, second = session.scalars(select(Cohort).order_by(Cohort.created_at)).all()
        assert first.created_at.utcoffset().total_seconds() == 0
        assert first.created_at <= second.created_at
        assert session.scalar(select(func.max(cast(Cohort.created_at, Text)))) == second.created_at.isoformat()


def test_a_row_can_be_updated_through_the_orm_and_by_statement(database: Database) -> None:
    with database.write() as session:
        session.add(Cohort(name="a", kind="images"))
    with database.write() as session:
        session.execute(update(Cohort).values(note="seen"))
    with database.read() as session:
        assert session.scalars(select(Cohort.note)).all() == ["seen"]

"""Every schema there has been becomes the newest one, and goes back."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from backend.models import (
    Analysis,
    AnalysisEvidence,
    AnalysisFeature,
    Base,
    Case,
    Comparison,
    DecodingEvidence,
    Embedding,
    find_damaged_rows,
)
from backend.settings import Settings
from backend.storage.database import MIGRATIONS, Database, make_engine, newest_revision, upgrade
from tests.storage.earlier_versions import migrate, unpack_0_2_0

EARLIER = sorted(one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions())[:-1]


def columns_of(settings: Settings) -> dict[str, tuple[bool, list[tuple[object, ...]]]]:
    """Table -> whether it is strict, and its columns: name, type, not null, place in the key."""
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as connection, connection:
        tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall()
        return {
            name: (bool(strict), sorted(row[1:4] + row[5:] for row in connection.execute(f"PRAGMA table_info({name})")))
            for name, strict in tables
            if not name.startswith(("sqlite_", "alembic_"))
        }


def counts(settings: Settings) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as connection, connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in columns_of(settings)
        }


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data_dir=tmp_path_factory.mktemp("newest"))
    upgrade(settings)
    return settings


@pytest.mark.parametrize("revision", EARLIER)
def test_every_schema_becomes_the_newest_and_goes_back(tmp_path: Path, newest: Settings, revision: str) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    settings.data_dir.mkdir()
    migrate(settings, revision)
    then = columns_of(settings)
    upgrade(settings)
    assert columns_of(settings) == columns_of(newest)
    engine = make_engine(settings)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()
    migrate(settings, revision, down=True)
    assert columns_of(settings) == then


def test_a_folder_of_version_0_2_0_keeps_every_row(tmp_path: Path) -> None:
    settings = unpack_0_2_0(tmp_path / "old")
    before = counts(settings)
    upgrade(settings)
    after = counts(settings)
    assert {table: after[table] for table in before.keys() & after.keys()} == {
        table: count for table, count in before.items() if table != "replicate_blocks"
    }
    assert [
        after[table]
        for table in (
            *("decoding_evidence", "notes", "stars", "saved_views", "notifications", "drafts"),
            *("uploads", "upload_uses", "mail_choices", "mail_messages", "quotas"),
        )
    ] == [0] * 11
    engine = make_engine(settings)
    with engine.connect() as connection:
        assert not any(find_damaged_rows(connection).values())
    engine.dispose()
    database = Database(settings)
    with database.read() as session:
        for table in (Case, Embedding, Analysis, AnalysisFeature, AnalysisEvidence, Comparison):
            assert session.scalars(select(table)).all()  # a row that does not match its checksum raises here
        feature = session.scalars(select(AnalysisFeature)).first()
        assert feature is not None
        assert feature.effect is not None
        assert (feature.effect_shrunk, feature.n_runs, feature.chance_r2_pre) == (None, None, None)
    database.close()


def test_going_back_keeps_what_the_older_schema_can_hold(tmp_path: Path) -> None:
    settings = unpack_0_2_0(tmp_path / "old")
    before = counts(settings)
    upgrade(settings)
    database = Database(settings)
    with database.write() as session:
        analysis = session.scalars(select(Analysis.id)).first()
        some = session.scalars(select(AnalysisEvidence)).first()
        assert some is not None
        session.add(
            DecodingEvidence(
                analysis_id=analysis, k=0, influence=some.effect_draws, effect_by_run=some.effect_draws,
                permuted=some.r2_draws, decoded=some.decoded,
            )
        )  # fmt: skip
        session.execute(text("UPDATE compared_features SET q = NULL WHERE k = 0"))
    database.close()
    assert newest_revision() == "0020"
    migrate(settings, "0007", down=True)
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as connection, connection:
        assert connection.execute("SELECT q FROM compared_features WHERE k = 0").fetchall() == [(1.0,)]
    migrate(settings, "0005", down=True)
    assert counts(settings) == before

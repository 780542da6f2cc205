from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.settings import Settings
from backend.storage.change_counter import ChangeCounter
from backend.storage.database import Database, upgrade
from backend.storage.prepare import sqlite_path
from backend.web.unchanged import Unchanged


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings)
    with closing(Database(settings)) as opened:
        yield opened


@pytest.fixture
def counter(tmp_path: Path, database: Database) -> Iterator[ChangeCounter]:
    with closing(ChangeCounter(database.engine, sqlite_path(Settings(data_dir=tmp_path)))) as found:
        yield found


def write(database: Database, name: str) -> None:
    with database.write() as session:
        words = "INSERT INTO feature_lists (id, names, seal) VALUES (:id, '[]', '')"
        session.execute(text(words), {"id": name})


def test_a_value_holds_until_anything_is_written(database: Database, counter: ChangeCounter) -> None:
    unchanged, made = Unchanged(counter), count(1)
    seen = [unchanged.of("a", lambda: next(made)) for _ in range(3)]
    write(database, "one")
    seen += [unchanged.of("a", lambda: next(made)) for _ in range(2)]
    assert seen == [1, 1, 1, 2, 2]


def test_what_was_begun_before_a_change_is_not_kept(database: Database, counter: ChangeCounter) -> None:
    unchanged, made = Unchanged(counter), count(1)

    def changed_meanwhile() -> int:
        write(database, "one")
        unchanged.of("other", lambda: 0)  # somebody looks, so the change is known
        return next(made)

    assert unchanged.of("a", changed_meanwhile) == 1
    assert unchanged.of("a", lambda: next(made)) == 2


def test_the_oldest_leaves(counter: ChangeCounter) -> None:
    unchanged, made = Unchanged(counter, most=2), count(1)
    assert [unchanged.of(key, lambda: next(made)) for key in ("a", "b", "c", "b", "a")] == [1, 2, 3, 2, 4]

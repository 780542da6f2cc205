"""What a cohort is of: the prostate in every earlier data folder, else the protocol that was imported with it."""

import json
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.errors import Damaged
from backend.models import Cohort
from backend.settings import Settings
from backend.storage.cohort_protocol import BY_NAME, protocol_of, stored_protocol
from backend.storage.database import Database, upgrade
from shared.protocols.reader import BUILT_IN, built_in, prostate
from tests.storage.earlier_versions import migrate, unpack_0_2_0


def test_a_folder_of_version_0_2_0_is_of_the_prostate(tmp_path: Path) -> None:
    settings = unpack_0_2_0(tmp_path / "old")
    upgrade(settings)
    with Database(settings).read() as session:
        (cohort,) = session.scalars(select(Cohort))
        assert cohort.protocol == BY_NAME
        assert protocol_of(cohort) == prostate()


def test_a_cohort_of_the_schema_before_keeps_every_cell(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    migrate(settings, "0008")
    row = ("c", "mine", "images", "note", '{"layout": "picai"}', "2026-01-02T03:04:05+00:00")
    columns = "id, name, kind, note, settings, created_at"
    with sqlite3.connect(tmp_path / "radiomiclens.sqlite") as connection:
        connection.execute(f"INSERT INTO cohorts ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)
    upgrade(settings)
    with sqlite3.connect(tmp_path / "radiomiclens.sqlite") as connection:
        assert connection.execute(f"SELECT {columns} FROM cohorts").fetchall() == [row]
        ((protocol,),) = connection.execute("SELECT protocol FROM cohorts")
    assert json.loads(protocol) == {"name": "prostate-mpmri"}


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_protocol_comes_back_from_its_row(tmp_path: Path, name: str) -> None:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings)
    database = Database(settings)
    with database.write() as session:
        session.add(Cohort(name="a", kind="images", protocol=stored_protocol(built_in(name))))
        session.add(Cohort(name="b", kind="tables"))
    with database.read() as session:
        found = {cohort.name: protocol_of(cohort) for cohort in session.scalars(select(Cohort))}
    assert found == {"a": built_in(name), "b": prostate()}


def test_a_protocol_that_cannot_be_read_is_said() -> None:
    with pytest.raises(Damaged, match=r"protocol of the cohort 'a' cannot be read; restore"):
        protocol_of(Cohort(name="a", kind="images", protocol={"name": "later", "atlas": "mni"}))

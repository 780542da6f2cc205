"""Rows that hold results: a changed value, key or word is found when the row is read."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select, text

from backend import models
from backend.database import Database, make_engine, upgrade
from backend.errors import Damaged
from backend.settings import Settings

ROOT = Path(__file__).parents[1]
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


def test_rows_of_the_first_version_are_sealed_by_the_upgrade(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    engine = make_engine(settings)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "backend" / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        when = "'2026-01-01T00:00:00+00:00'"
        columns = "id, cohort_id, study_id, patient_id, status, reason, warnings, psa, geometry, clinical, source_hash"
        values = "'k', 'c', '1', '1', 'accepted', '', '[]', 4, '{}', '{}', ''"
        connection.execute(text(f"INSERT INTO cohorts VALUES ('c', 'x', 'images', '', '{{}}', {when})"))
        connection.execute(text(f"INSERT INTO cases ({columns}, created_at) VALUES ({values}, {when})"))
    engine.dispose()
    upgrade(settings)
    database = Database(settings)
    with database.read() as session:
        case = session.scalars(select(models.Case)).one()
    assert (case.psa, case.review, len(case.seal)) == (4.0, "unseen", 32)
    database.close()

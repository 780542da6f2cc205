"""What there was before projects is all in the default one, and everybody is its member."""

from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from backend.access.projects import visible_to
from backend.models import DEFAULT_PROJECT, Cohort, Job, Project, SavedView
from backend.settings import Settings
from backend.storage.database import Database, make_engine, upgrade
from tests.storage.earlier_versions import migrate

NOW = "2026-11-01T00:00:00+00:00"


def test_earlier_rows_are_the_default_projects_and_users_keep_what_they_may(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    migrate(settings, "0013")
    engine = make_engine(settings)
    with engine.begin() as connection:
        for role in ("admin", "researcher", "viewer"):
            connection.execute(text(f"INSERT INTO users VALUES ('{role}', 'a {role}', '{role}', '{NOW}')"))
        connection.execute(
            text(f"INSERT INTO cohorts VALUES ('c', 'prostates', 'images', '', '{{}}', '{NOW}', '{{\"name\": \"p\"}}')")
        )
        connection.execute(
            text(
                "INSERT INTO saved_views (id, name, page, query, by, at, seal) "
                f"VALUES ('v', 'mine', 'map', '{{}}', 'a viewer', '{NOW}', '')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO jobs (id, kind, title, lane, state, params, local, step, step_from, steps, done, total, "
                "attempts, error, result, submitted_by, position, created_at) VALUES "
                f"('j', 'k', 't', 'cpu', 'done', '{{}}', false, '', 0, '[]', 0, 0, 1, '', '{{}}', '', 1, '{NOW}')"
            )
        )
    engine.dispose()
    upgrade(settings)
    database = Database(settings)
    with database.write() as session:
        assert {role: visible_to(session, f"a {role}") for role in ("admin", "researcher", "viewer")} == {
            "admin": {DEFAULT_PROJECT: "owner"},
            "researcher": {DEFAULT_PROJECT: "researcher"},
            "viewer": {DEFAULT_PROJECT: "viewer"},
        }
        found = [session.scalars(select(model.project_id)).one() for model in (Cohort, Job, SavedView)]
        assert found == [DEFAULT_PROJECT] * 3
        session.add(Project(id="lung", name="lung"))
        session.flush()
        session.add(Cohort(project_id="lung", name="prostates", kind="images"))
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Cohort(project_id="lung", name="prostates", kind="images"))
    database.close()

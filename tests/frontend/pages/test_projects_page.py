"""Projects: made, members added and ended; several are told apart, one is not spoken of."""

import pytest
from sqlalchemy import select

from backend.access import projects
from backend.models import User
from frontend.components import project_choice
from shared import schemas as s
from tests.frontend.pages.test_account import signed
from tests.frontend.work_site import Site, words

__all__ = ["signed"]


@pytest.fixture(autouse=True)
def as_the_owner(signed: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cached reads are the signed-in owner's, too."""
    monkeypatch.setattr("frontend.api.cached_read.client", lambda: signed.client)
    project_choice.projects.listed.clear()


def test_a_project_gets_and_loses_a_member(signed: Site) -> None:
    with signed.database() as database, database.write() as session:
        session.add(User(name="ann", role="viewer"))
    page = signed.page("projects")
    assert not page.exception
    assert "default** · you are owner" in words(page)
    page.text_input(key="project-name").set_value("lung")
    page.button(key="project-add").click().run()
    lung = next(one for one in signed.client.projects() if one.name == "lung")
    page.toggle(key=f"members-of-{lung.id}").set_value(True).run()
    page.text_input(key=f"member-name-{lung.id}").set_value("ann")
    page.button(key=f"member-add-{lung.id}").click().run()
    assert [(one.name, one.role) for one in signed.client.project_members(lung.id)] == [("ann", "viewer")]
    page.button(key=f"leave-{lung.id}-ann").click().run()
    assert signed.client.project_members(lung.id) == []
    page.button(key=f"end-project-{lung.id}").click().run()
    assert [one.name for one in signed.client.projects()] == ["default"]


def test_a_project_is_asked_for_and_named_only_where_there_are_several(signed: Site) -> None:
    params = s.SynthTablesParams(cohort="new", patients=60)
    chain = s.JobChain(steps=[s.ChainStep(name="a", params=params)])
    assert project_choice.for_chain(chain) == chain
    assert project_choice.name_of("default") is None
    with signed.database() as database, database.write() as session:
        lung = projects.add(session, "lung", "owner")
        projects.set_member(session, lung.id, session.scalars(select(User.name)).one(), "researcher", "owner")
    project_choice.projects.listed.clear()
    assert project_choice.name_of("default") == "default"
    asked = project_choice.for_chain(chain)
    assert asked is not None
    assert asked.project_id == "default"

"""Who is a member of which project."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.access import projects, tokens
from backend.errors import BadSettings, Conflict, NotFound
from backend.models import DEFAULT_PROJECT, Audit, Job, User
from backend.settings import Settings
from backend.storage.database import Database, upgrade


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings)
    database = Database(settings)
    with Session(database.engine) as opened:
        yield opened
    database.close()


def test_whoever_a_login_adds_is_in_the_default_project_with_that_role(session: Session) -> None:
    tokens.create_owner_token(session, "login")
    for name, role in (("vera", "viewer"), ("rita", "researcher"), ("adam", "admin")):
        tokens.create_user_token(session, name, role, "login")  # type: ignore[arg-type]
    seen = {name: projects.visible_to(session, name) for name in ("owner", "vera", "rita", "adam", "nobody")}
    assert seen == {
        "owner": {DEFAULT_PROJECT: "owner"},
        "vera": {DEFAULT_PROJECT: "viewer"},
        "rita": {DEFAULT_PROJECT: "researcher"},
        "adam": {DEFAULT_PROJECT: "owner"},
        "nobody": {},
    }
    tokens.create_user_token(session, "vera", "researcher", "login")
    assert projects.visible_to(session, "vera") == {DEFAULT_PROJECT: "researcher"}


def test_a_login_without_a_role_brings_nobody_back_into_the_default_project(session: Session) -> None:
    tokens.create_user_token(session, "vera", "viewer", "login")
    projects.end_member(session, DEFAULT_PROJECT, "vera", "owner")
    tokens.create_user_token(session, "vera", None, "login")
    assert projects.visible_to(session, "vera") == {}


def test_a_project_is_made_filled_with_members_ended_and_opened_again(session: Session) -> None:
    tokens.create_user_token(session, "vera", "viewer", "login")
    lung = projects.add(session, "  Lung study ", "owner")
    assert lung.name == "Lung study"
    assert projects.visible_to(session, "vera") == {DEFAULT_PROJECT: "viewer"}
    projects.set_member(session, lung.id, "vera", "owner", "owner")
    assert projects.visible_to(session, "vera") == {DEFAULT_PROJECT: "viewer", lung.id: "owner"}
    projects.end(session, lung.id, "owner")
    assert projects.visible_to(session, "vera") == {DEFAULT_PROJECT: "viewer"}
    with pytest.raises(NotFound):
        projects.named(session, "Lung study")
    assert projects.add(session, "Lung study", "owner").id == lung.id
    assert projects.visible_to(session, "vera")[lung.id] == "owner"
    projects.end_member(session, lung.id, "vera", "owner")
    assert lung.id not in projects.visible_to(session, "vera")
    session.commit()  # rows join the audit log with their transaction
    actions = session.scalars(select(Audit.action).where(Audit.action.startswith("project")).order_by(Audit.id)).all()
    assert actions == [f"project.{one}" for one in ("add", "member", "end", "add", "member.end")]


def test_what_cannot_be_is_refused_in_a_sentence(session: Session) -> None:
    lung = projects.add(session, "lung", "owner")
    with pytest.raises(Conflict, match="already"):
        projects.add(session, "lung", "owner")
    with pytest.raises(Conflict, match="default project stays"):
        projects.end(session, DEFAULT_PROJECT, "owner")
    for name in (" ", "x" * 81, "two\nlines"):
        with pytest.raises(BadSettings, match="1 to 80 characters"):
            projects.add(session, name, "owner")
    with pytest.raises(NotFound, match="no user 'nobody'"):
        projects.set_member(session, lung.id, "nobody", "viewer", "owner")
    session.add(User(name="vera", role="viewer"))
    with pytest.raises(NotFound, match="no member"):
        projects.end_member(session, lung.id, "vera", "owner")
    for call in (projects.get, lambda session, name: projects.end(session, name, "owner")):
        with pytest.raises(NotFound, match="no such project"):
            call(session, "x")


def test_a_project_with_live_jobs_does_not_end(session: Session) -> None:
    lung = projects.add(session, "lung", "owner")
    job = Job(project_id=lung.id, kind="k", title="t", lane="cpu", params={}, position=1)
    session.add(job)
    session.flush()
    with pytest.raises(Conflict, match="wait or run"):
        projects.end(session, lung.id, "owner")
    job.state = "done"
    session.flush()
    assert projects.end(session, lung.id, "owner").ended_at is not None

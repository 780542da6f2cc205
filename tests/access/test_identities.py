"""Whether a person of outside may come in, which user that is, and what their groups give."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from backend.access import identities, projects, tokens, users
from backend.access.identities import PROXY, Person, admit
from backend.models import Audit, Identity, Token, User
from backend.settings import Settings
from backend.storage.database import Database, upgrade

ISSUER = "https://login.example"
GROUPS = {"group_roles": {"radiology": "researcher", "it": "admin", "students": "viewer"}}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings)
    opened = Database(settings)
    yield opened
    opened.close()


def settings_of(**given: Any) -> Settings:
    return Settings.model_validate({"oidc_issuer": ISSUER, "oidc_client_id": "lens"} | given)


def came_in(database: Database, settings: Settings, person: Person) -> tuple[str, str] | str:
    """Name and role of the user, or the sentence of a refusal."""
    with database.write() as session:
        found = admit(session, settings, person)
        return found.sentence if found.user is None else (found.user.name, found.user.role)


def anna(*groups: str, **more: str) -> Person:
    return Person(**({"issuer": ISSUER, "subject": "248289761001", "name": "anna"} | more), groups=groups)


@pytest.mark.parametrize(
    ("groups", "role"),
    [(["radiology"], "researcher"), (["students", "it", "x"], "admin"), (["students"], "viewer")],
    ids=["one", "the highest", "viewer"],
)
def test_groups_give_the_role(database: Database, groups: list[str], role: str) -> None:
    assert came_in(database, settings_of(**GROUPS), anna(*groups)) == ("anna", role)


def test_without_a_known_group_nobody_comes_in_unless_new_people_may(database: Database) -> None:
    assert "may not use this server" in came_in(database, settings_of(**GROUPS), anna("Radiology", ""))
    open_to_all = settings_of(**GROUPS, oidc_domains=["*"], new_user_role="viewer")
    assert came_in(database, open_to_all, anna("x")) == ("anna", "viewer")


@pytest.mark.parametrize(
    "email",
    ["", "a@evil.example", "a@clinic.example.evil.example", "clinic.example", "a@", "@uni.example", "a@b@uni.example"],
    ids=range(7),
)
def test_only_the_domains_that_are_named_come_in(database: Database, email: str) -> None:
    settings = settings_of(oidc_domains=["Clinic.example", "@uni.example"], new_user_role="viewer", **GROUPS)
    assert "may not use" in came_in(database, settings, anna("it", email=email))
    assert came_in(database, settings, anna(email="A.B@CLINIC.EXAMPLE")) == ("anna", "viewer")
    assert came_in(database, settings, anna("radiology", email="a@uni.example")) == ("anna", "researcher")


def test_a_person_is_known_by_issuer_and_subject_alone(database: Database) -> None:
    settings = settings_of(**GROUPS)
    with database.write() as session:
        users.add(session, "Anna", "admin", "owner")
    assert came_in(database, settings, anna("radiology")) == ("anna 2", "researcher")
    assert came_in(database, settings, anna("radiology", name="ben")) == ("anna 2", "researcher")  # the same person
    assert came_in(database, settings, anna("it", subject="other")) == ("anna 3", "admin")
    assert came_in(database, settings, anna("it", issuer=PROXY)) == ("anna 4", "admin")
    for name in (
        "owner",
        "OWNER",
        "ｏｗｎｅｒ",
        "nobody",
        "local",
        "proxy",
        "Institution",
        "<b>",
        "",
        "../..",
        "\u202eanna",
    ):
        came = came_in(database, settings, anna("students", subject=f"of {name!r}", name=name))
        assert isinstance(came, tuple)
        assert came[0].casefold() not in {"owner", "nobody", "local", "anna", "proxy", "institution"}
        assert came[1] == "viewer"
    with database.read() as session:
        assert session.scalar(select(User.role).where(User.name == "Anna")) == "admin"


def test_the_role_follows_the_groups_and_who_lost_them_is_shut_out(database: Database) -> None:
    settings = settings_of(**GROUPS)
    came_in(database, settings, anna("it"))
    assert came_in(database, settings, anna("students")) == ("anna", "viewer")
    with database.write() as session:
        user = session.scalars(select(User).where(User.name == "anna")).one()
        held = [tokens.create_token(session, user, kind) for kind in ("session", "api")]
        user.password_hash = "a password that an administrator's invitation gave"
    assert "may not use" in came_in(database, settings, anna("x"))
    with database.read() as session:
        rows = session.scalars(select(Token).where(Token.user_id == user.id)).all()
        assert session.get_one(User, user.id).password_hash is None
        assert len(held) == len(rows) == sum(row.revoked_at is not None for row in rows)
        actions = session.execute(select(Audit.actor, Audit.action).order_by(Audit.id)).all()
    assert ("institution", "user.role") in actions
    assert actions[-1] == ("institution", "user.shut_out")


def test_a_role_given_here_stays_where_groups_give_none(database: Database) -> None:
    settings = settings_of(oidc_domains=["*"], new_user_role="viewer")
    came_in(database, settings, anna())
    with database.write() as session:
        users.set_role(session, users.find(session, "anna"), "researcher", "owner")
    assert came_in(database, settings, anna()) == ("anna", "researcher")


def test_a_disabled_user_stays_out(database: Database) -> None:
    settings = settings_of(**GROUPS)
    came_in(database, settings, anna("it"))
    with database.write() as session:
        users.disable(session, users.find(session, "anna"), "owner")
    assert "disabled" in came_in(database, settings, anna("it"))


def test_groups_give_memberships_and_take_them(database: Database) -> None:
    with database.write() as session:
        study = projects.add(session, "Study: A", "owner").id
        other = projects.add(session, "other", "owner").id
    gone = {"d": "gone:viewer"}  # first: what follows it counts all the same
    wanted = gone | {"a": "Study: A:researcher", "b": "Study: A:owner", "c": "other:viewer"}
    settings = settings_of(**GROUPS, group_projects=wanted)

    def sees(*groups: str) -> dict[str, str]:
        came_in(database, settings, anna("students", *groups))
        with database.read() as session:
            return dict(projects.visible_to(session, "anna"))

    assert sees() == {}
    assert sees("a", "c", "d") == {study: "researcher", other: "viewer"}
    assert sees("a", "b") == {study: "owner"}
    with database.write() as session:  # another project is no matter of the groups
        projects.set_member(session, "default", "anna", "viewer", "owner")
    assert sees() == {"default": "viewer"}


def test_without_projects_in_the_settings_new_people_join_the_default_one(database: Database) -> None:
    came_in(database, settings_of(**GROUPS), anna("radiology"))
    with database.read() as session:
        assert projects.visible_to(session, "anna") == {"default": "researcher"}


def test_a_session_is_only_that_of_the_person_whom_the_proxy_names(database: Database) -> None:
    settings = settings_of(**GROUPS)
    came_in(database, settings, anna("it", issuer=PROXY, subject="anna"))
    with database.write() as session:
        known = session.scalars(select(Identity.user_id)).one()
        owner = tokens.get_or_add_user(session, "owner", "admin").id
        assert identities.is_still(session, known, "anna")
        assert not identities.is_still(session, known, "ben")
        assert identities.is_still(session, owner, "ben")  # who signed in by a link of the server's own


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"oidc_client_id": ""}, "oidc_client_id"),
        ({"oidc_issuer": "http://login.example"}, "give an address"),
        ({"oidc_issuer": "login.example"}, "give an address"),
        ({"oidc_issuer": "https://login.example?x=1"}, "give an address"),
        ({"oidc_scopes": "profile,email"}, "openid must be"),
        ({"group_roles": {}}, "which e-mail domains"),
        ({"group_roles": {}, "oidc_domains": ["*"]}, "new_user_role"),
        ({"group_roles": {"it": "root"}}, "it has the role 'root'"),
        ({"group_projects": {"a": "study"}}, "a=project:role"),
        ({"group_projects": {"a": "study:admin"}}, "a=project:role"),
        ({"group_roles": "it"}, "name=value"),
        ({"proxy_user_header": "X Remote"}, "pattern"),
    ],
    ids=range(12),
)
def test_settings_that_let_in_nobody_or_anybody_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings_of(**GROUPS | given)


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADIOMICLENS_GROUP_ROLES", "radiology=researcher, CN=it,admin")
    with pytest.raises(ValidationError, match="name=value"):
        Settings()
    monkeypatch.setenv("RADIOMICLENS_GROUP_ROLES", '{"CN=it,OU=clinic": "admin"}')
    monkeypatch.setenv("RADIOMICLENS_GROUP_PROJECTS", "study=Prostate:owner")
    monkeypatch.setenv("RADIOMICLENS_OIDC_DOMAINS", "clinic.example, uni.example")
    found = Settings()
    assert found.group_roles == {"CN=it,OU=clinic": "admin"}
    assert found.group_projects == {"study": "Prostate:owner"}
    assert found.oidc_domains == ["clinic.example", "uni.example"]
    monkeypatch.setenv("RADIOMICLENS_OIDC_CLIENT_SECRET", "very secret")
    assert "very secret" not in repr(Settings())

"""Account and Users: a password, tokens shown once, sessions ended, and people invited and locked out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.access import tokens
from backend.models import Identity, User
from shared import schemas as s
from shared.client import ApiError, Client
from tests.api import server
from tests.frontend.work_site import Site, serving, words

GOOD = "four grey herons wade"


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server with sign-in, and the dashboard as its owner sees it, in a browser that has just signed in."""
    settings = server.settings_of(tmp_path)
    with serving(settings) as url:
        site = Site(url, Client(url), settings)
        with site.database() as database, database.write() as session:
            token = tokens.create_owner_token(session, "session")
        with Client(url, token) as client:
            monkeypatch.setattr("frontend.api.connection.client", lambda: client)
            yield Site(url, client, settings)
        site.client.close()


def test_a_password_is_set_and_a_token_is_made_shown_once_and_ended(signed: Site) -> None:
    page = signed.page("account")
    assert not page.exception
    assert "You are **owner**, admin on this server." in words(page)
    assert "a program** · this browser" in words(page)
    page.text_input(key="password-new").set_value(GOOD)
    page.text_input(key="password-again").set_value("another one")
    page.button(key="password-save").click().run()
    assert "differ" in page.error[0].value
    page.text_input(key="password-again").set_value(GOOD)
    page.button(key="password-save").click().run()
    assert "The password is saved" in page.success[0].value
    assert signed.client.account().has_password
    assert page.text_input(key="password-new").value == ""
    page.button(key="token-make").click().run()
    assert "what the token is for" in page.error[0].value
    page.text_input(key="token-name").set_value("night script")
    page.button(key="token-make").click().run()
    with Client(signed.url, page.code[0].value) as script:
        assert (script.me().name, script.me().role) == ("owner", "viewer")
        page.button(key="new-token-done").click().run()
        assert not page.code
        made = next(one for one in signed.client.sign_ins() if one.kind == "api")
        page.button(key=f"end-sign-in-{made.id}").click().run()
        assert "You have none." in words(page)
        with pytest.raises(ApiError):
            script.me()


def test_a_user_is_invited_gets_another_role_and_is_locked_out(signed: Site) -> None:
    page = signed.page("users")
    assert not page.exception
    page.button(key="user-add").click().run()
    assert "Say what the user is called" in page.error[0].value
    page.text_input(key="user-name").set_value("ann")
    page.button(key="user-add").click().run()
    assert page.code[0].value.partition("#")[0].endswith("/join")
    page.button(key="new-invitation-done").click().run()
    ann = next(user for user in signed.client.users() if user.name == "ann")
    assert ann.role == "researcher"
    page.selectbox(key=f"role-{ann.id}").set_value("viewer").run()
    page.button(key=f"set-role-{ann.id}").click().run()
    page.toggle(key=f"sign-ins-of-{ann.id}").set_value(True).run()
    assert "open invitation" in words(page)
    page.button(key=f"disable-{ann.id}").click().run()
    changed = next(user for user in signed.client.users() if user.name == "ann")
    assert (changed.role, changed.disabled) == ("viewer", True)
    page.button(key=f"enable-{ann.id}").click().run()
    assert not next(user for user in signed.client.users() if user.name == "ann").disabled


def test_a_limit_is_read_set_and_taken_back(signed: Site) -> None:
    signed.client.add_user(s.UserCreate(name="ann", role="researcher"))
    page = signed.page("users")
    assert "at most" not in words(page)
    page.toggle(key="quotas-shown").set_value(True).run()
    assert "0 jobs now, at most 200; as the settings of the server say" in words(page)
    assert "0 MB now, no limit; as the settings of the server say" in words(page)
    page.number_input(key="quota-value-user-ann").set_value(3)
    page.button(key="quota-set-user-ann").click().run()
    assert "0 jobs now, at most 3; set here" in words(page)
    page.number_input(key="quota-value-project-default").set_value(500)
    page.button(key="quota-set-project-default").click().run()
    assert "0 MB now, at most 500; set here" in words(page)
    page.button(key="quota-end-user-ann").click().run()
    assert "at most 3" not in words(page)
    assert {(one.kind, one.id): one.limit for one in signed.client.quotas() if one.own} == {("project", "default"): 500}


def test_who_comes_from_an_institution_is_offered_no_password(signed: Site) -> None:
    with signed.database() as database, database.write() as session:
        owner = session.scalars(select(User).where(User.name == "owner")).one()
        session.add(Identity(issuer="https://login.example", subject="1", user=owner))
    page = signed.page("account")
    assert "Your institution signs you in, so there is no password here." in words(page)
    assert "change your password" not in words(page)
    page = signed.page("users")
    assert "known by an institution; added" in words(page)
    assert signed.client.users()[0].from_outside


def test_without_sign_in_nobody_has_an_account(empty_site: Site) -> None:
    assert "nobody has an account" in words(empty_site.page("account"))

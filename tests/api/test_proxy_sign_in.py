"""Signing in through a proxy that has signed people in already, over the whole application as `serve` builds it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from backend.access import tokens
from backend.app import create_app
from backend.storage.database import Database
from backend.web.proxy_user import behind_proxies
from shared.cookies import SESSION_COOKIE
from tests.api import server
from tests.api.people import GOOD

PROXY, ELSEWHERE = "10.1.0.7", "10.1.0.8"


@pytest.fixture
def site(upgraded: Path, tmp_path: Path) -> Iterator[ASGIApp]:
    shutil.copytree(upgraded, tmp_path / "data")
    settings = server.settings_of(
        tmp_path / "data",
        trusted_proxies=[PROXY],
        proxy_user_header="X-Remote-User",
        proxy_groups_header="X-Remote-Groups",
        group_roles={"it": "admin"},
        new_user_role="viewer",
    )
    application = create_app(settings)
    with TestClient(application):
        yield behind_proxies(application, settings)


def browser(site: ASGIApp, peer: str, user: str = "", groups: str = "") -> TestClient:
    headers = {"X-Remote-User": user, "X-Remote-Groups": groups} if user else {}
    return TestClient(site, base_url=server.ORIGIN, headers=headers, client=(peer, 4000))


def test_whom_the_proxy_names_is_signed_in_at_the_press_of_a_button(site: ASGIApp) -> None:
    anna = browser(site, PROXY, "anna@clinic", "radiology, it")
    assert anna.get("/api/v1/session/ways").json() == {"password": False, "oidc": "", "proxy": "anna@clinic"}
    assert anna.get("/api/v1/me").status_code == 401  # the header alone opens nothing: no write without a session
    assert anna.post("/api/v1/session/proxy").json() == {"name": "anna@clinic", "role": "admin"}
    assert anna.get("/api/v1/me").json()["name"] == "anna@clinic"
    assert browser(site, PROXY, "ben").post("/api/v1/session/proxy").json() == {"name": "ben", "role": "viewer"}
    foreign = anna.post("/api/v1/session/proxy", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_the_header_of_anybody_else_is_nothing(site: ASGIApp) -> None:
    for headers in ({}, {"X-Forwarded-For": PROXY}, {"X_Remote_User": "anna"}, {"Forwarded": f"for={PROXY}"}):
        visitor = browser(site, ELSEWHERE, "anna", "it")
        assert visitor.get("/api/v1/session/ways", headers=headers).json()["proxy"] == ""
        answer = visitor.post("/api/v1/session/proxy", headers=headers)
        assert answer.status_code == 401
        assert "No trusted proxy" in answer.json()["detail"]


def test_a_cookie_that_another_person_left_opens_nothing(site: ASGIApp) -> None:
    anna = browser(site, PROXY, "anna")
    anna.post("/api/v1/session/proxy")
    cookie = {"Cookie": f"{SESSION_COOKIE}={anna.cookies[SESSION_COOKIE]}"}
    assert browser(site, PROXY, "anna").get("/api/v1/me", headers=cookie).status_code == 200
    assert browser(site, PROXY, "ben").get("/api/v1/me", headers=cookie).status_code == 401
    assert browser(site, "127.0.0.1").get("/api/v1/me", headers=cookie).status_code == 200  # the dashboard's own reads


def test_nobody_gives_themselves_a_password_beside_the_proxys_sign_in(site: ASGIApp) -> None:
    """It would open the server without the proxy, also once the proxy lets them in no more."""
    anna = browser(site, PROXY, "anna")
    anna.post("/api/v1/session/proxy")
    answer = anna.put("/api/v1/account/password", json={"new": GOOD})
    assert (answer.status_code, "ask an administrator" in answer.text) == (403, True)
    assert browser(site, ELSEWHERE).get("/api/v1/session/ways").json()["password"] is False


def test_a_link_of_the_servers_own_machine_works_through_the_proxy(site: ASGIApp) -> None:
    anna = browser(site, PROXY, "anna")
    database: Database = site.app.app.state.database  # type: ignore[attr-defined]  # the application inside
    with database.write() as session:
        link = tokens.create_owner_token(session, "login")
    assert anna.post("/api/v1/session", json={"token": link}).json()["name"] == "owner"
    assert anna.get("/api/v1/me").json()["name"] == "owner"


def test_without_the_setting_no_header_signs_anybody_in(empty: TestClient) -> None:
    answer = empty.post("/api/v1/session/proxy", headers={"X-Remote-User": "owner"})
    assert answer.status_code == 401

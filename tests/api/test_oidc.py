"""Signing in at an institution: the whole way against a real OpenID provider in a process of its own, and attacks."""

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.models import Audit, Identity
from backend.web import oidc_flow
from shared.cookies import SESSION_COOKIE
from tests.api import server
from tests.api.links import database_of
from tests.web.oidc_provider import provider, signs_in

ALICE = {"sub": "alice", "email": "alice@clinic.example", "email_verified": True, "groups": ["radiology"]}
BOB = {"sub": "bob", "email": "bob@elsewhere.example", "email_verified": False}
CALLBACK = "/api/v1/session/oidc/callback"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider(ALICE | {"preferred_username": "Alice Ash"}, BOB) as address:
        yield address


@pytest.fixture
def browser(issuer: str, upgraded: Path, tmp_path: Path) -> Iterator[TestClient]:
    """A browser without an account, at a server that knows the provider."""
    shutil.copytree(upgraded, tmp_path / "data")
    given = {
        "oidc_issuer": issuer,
        "oidc_client_id": "lens",
        "oidc_client_secret": "a secret of the client",
        "oidc_name": "Clinic",
        "group_roles": {"radiology": "researcher"},
        "public_url": server.ORIGIN,
    }
    with server.running(tmp_path / "data", **given) as client:
        yield client


def begin(browser: TestClient) -> str:
    """Where the server sends the browser to sign in."""
    answer = browser.get("/api/v1/session/oidc", follow_redirects=False)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


def come_back(browser: TestClient, **words: str) -> httpx.Response:
    return browser.get(CALLBACK, params=words, follow_redirects=False)


def refused(answer: httpx.Response, browser: TestClient, status: int = 401) -> str:
    assert answer.status_code == status, answer.text
    assert "text/html" in answer.headers["content-type"]
    assert SESSION_COOKIE not in browser.cookies
    return answer.text


def test_a_person_of_the_institution_signs_in(browser: TestClient, issuer: str) -> None:
    assert browser.get("/api/v1/session/ways").json() == {"password": False, "oidc": "Clinic", "proxy": ""}
    address = begin(browser)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{issuer}/oauth2/authorize?")
    assert asked["redirect_uri"] == f"{server.ORIGIN}{CALLBACK}"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 32
    flow = browser.cookies.jar
    assert [(one.name, one.path) for one in flow] == [(f"radiomiclens_oidc_{kept(asked['state'])}", oidc_flow.PATH)]
    answer = come_back(browser, **signs_in(address, "alice"), session_state="of the provider's own")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login/done")
    assert "samesite=strict" in next(c for c in answer.headers.get_list("set-cookie") if SESSION_COOKIE in c).lower()
    me = browser.get("/api/v1/me").json()
    assert (me["name"], me["role"]) == ("Alice Ash", "researcher")
    assert not any(one.name.startswith("radiomiclens_oidc") for one in browser.cookies.jar)
    with database_of(browser).read() as session:
        assert session.execute(select(Identity.issuer, Identity.subject)).all() == [(issuer, "alice")]
        opened = session.scalars(select(Audit).where(Audit.action == "session.open")).one()
    assert (opened.actor, opened.detail["way"]) == ("Alice Ash", "oidc")


def kept(state: str) -> str:
    return "".join(sign for sign in state[:8] if sign.isalnum())


def test_who_is_in_no_group_stays_out(browser: TestClient) -> None:
    answer = come_back(browser, **signs_in(begin(browser), "bob"))
    assert "may not use this server" in refused(answer, browser)
    with database_of(browser).read() as session:
        assert session.scalars(select(Identity)).all() == []
        assert [row.action for row in session.scalars(select(Audit))] == ["session.refused"]


def test_a_code_is_good_in_the_browser_that_began_alone(browser: TestClient) -> None:
    """Login CSRF: whoever lures somebody to the way back of his own sign-in must not get him signed in as himself."""
    mine = signs_in(begin(browser), "alice")
    other = TestClient(browser.app, base_url=server.ORIGIN)
    assert "not begun in this browser" in refused(come_back(other, **mine), other)
    begin(other)
    assert "not begun in this browser" in refused(come_back(other, **mine), other)
    assert come_back(browser, **mine).status_code == 303
    del browser.cookies[SESSION_COOKIE]
    assert "not begun" in refused(come_back(browser, **mine), browser)  # a way back is good once


def test_a_code_of_another_sign_in_is_refused(browser: TestClient) -> None:
    """The code is bound to its verifier: one that was caught elsewhere is worth nothing with another state."""
    caught, own = signs_in(begin(browser), "alice")["code"], begin(browser)
    state = parse_qs(urlsplit(own).query)["state"][0]
    assert "could not be verified" in refused(come_back(browser, code=caught, state=state), browser)


def test_the_nonce_binds_the_token_to_the_sign_in(browser: TestClient, issuer: str) -> None:
    address = begin(browser)
    other = address.replace("nonce=", "nonce=other")
    assert "could not be verified" in refused(come_back(browser, **signs_in(other, "alice")), browser)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"state": "x", "code": "y"},
        {"state": "\U0001f642" * 8, "code": "y"},
        {"error": "access_denied", "state": "x"},
        {"state": "a" * 4000},
    ],
    ids=range(5),
)
def test_a_way_back_that_nobody_began_is_refused_in_one_sentence(browser: TestClient, words: dict[str, str]) -> None:
    page = refused(come_back(browser, **words), browser)
    assert page.count('role="alert"') == 1


def test_what_the_provider_says_is_never_shown(browser: TestClient) -> None:
    state = parse_qs(urlsplit(begin(browser)).query)["state"][0]
    page = refused(come_back(browser, error="<script>x</script>", error_description="<b>", state=state), browser)
    assert "did not sign you in" in page
    assert "<script" not in page
    begun = parse_qs(urlsplit(begin(browser)).query)["state"][0]
    answer = come_back(browser, code="x", state=begun, iss="https://evil.example")
    assert "could not be verified" in refused(answer, browser)


def test_guesses_are_limited_and_recorded(browser: TestClient) -> None:
    codes = [come_back(browser, state=f"{n:040}", code="x").status_code for n in range(12)]
    assert codes == [401] * 10 + [429] * 2
    begun = signs_in(begin(browser), "alice")
    assert come_back(browser, **begun).status_code == 303  # a good one gets in whatever others tried


def test_a_cookie_that_was_changed_or_is_old_begins_nothing(browser: TestClient, monkeypatch: Any) -> None:
    back = signs_in(begin(browser), "alice")
    name = f"radiomiclens_oidc_{kept(back['state'])}"
    value = next(one.value for one in browser.cookies.jar if one.name == name)
    assert value is not None
    signed = value.rpartition(".")[0]
    for forged in (value[:-4] + "AAAA", signed, "", base64.b64encode(json.dumps([back["state"]]).encode()).decode()):
        other = TestClient(browser.app, base_url=server.ORIGIN, headers={"Cookie": f"{name}={forged}"})
        assert "not begun in this browser" in refused(come_back(other, **back), other)
    monkeypatch.setattr(oidc_flow, "SECONDS", -1)
    assert "took longer" in refused(come_back(browser, **back), browser)


def test_without_an_issuer_nothing_is_offered_or_asked(empty: TestClient) -> None:
    assert empty.get("/api/v1/session/ways").json()["oidc"] == ""
    assert "offers no sign-in" in refused(empty.get("/api/v1/session/oidc", follow_redirects=False), empty, 404)

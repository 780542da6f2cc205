"""Sessions and API tokens: listed, limited, and ended one by one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from backend.access import tokens
from backend.models import Token, now
from shared.cookies import SESSION_COOKIE
from tests.api import server
from tests.api.links import database_of
from tests.api.people import GOOD, ME, OTHER, accept, as_admin, invited, new_browser, sign_in, user_id, who
from tests.postgres.per_folder import sqlite_only


def test_sessions_are_listed_and_ended_one_by_one(empty: TestClient, ann: TestClient) -> None:
    second = new_browser(empty)
    agent = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"}
    body = {"name": "ann", "password": GOOD}
    assert second.post("/api/v1/session/password", json=body, headers=agent).status_code == 200
    mine = {one["name"]: one for one in second.get("/api/v1/account/sign-ins").json()["items"]}
    assert [(name, one["current"], one["kind"]) for name, one in sorted(mine.items())] == [
        ("Firefox on Windows", True, "session"),
        ("a program", False, "session"),
    ]
    assert "token_hash" not in str(mine)
    csv = second.get("/api/v1/account/sign-ins.csv").text.splitlines()
    assert csv[0].startswith("id,user,kind,name,scope,state,current")
    assert len(csv) == 3
    ben = new_browser(empty)
    assert accept(ben, invited(empty, "ben")) == 200
    path = f"/api/v1/account/sign-ins/{mine['a program']['id']}"
    assert ben.delete(path).status_code == 404, "somebody else's is as unknown as none"
    assert ann.get(ME).status_code == 200
    assert second.delete(path).status_code == 204
    assert (ann.get(ME).status_code, second.get(ME).status_code, second.delete(path).status_code) == (401, 200, 404)
    seen = f"/api/v1/users/{user_id(empty, 'ann')}/sign-ins"
    left = empty.get(seen, headers=as_admin(empty)).json()["items"]
    assert [one["name"] for one in left] == ["Firefox on Windows"]
    assert empty.delete(f"{seen}/{left[0]['id']}", headers=as_admin(empty)).status_code == 204
    assert second.get(ME).status_code == 401


def test_signing_in_again_ends_the_session_that_the_browser_had(ann: TestClient) -> None:
    before = ann.cookies[SESSION_COOKIE]
    assert sign_in(ann, "ann", GOOD) == 200
    assert ann.cookies[SESSION_COOKIE] != before
    assert len(ann.get("/api/v1/account/sign-ins").json()["items"]) == 1
    old = {"Authorization": f"Bearer {before}"}
    assert new_browser(ann).get(ME, headers=old).status_code == 401


def test_a_new_password_ends_other_sessions_and_links_and_tokens_where_asked(
    empty: TestClient, ann: TestClient
) -> None:
    second = new_browser(empty)
    assert sign_in(second, "ann", GOOD) == 200
    made = ann.post("/api/v1/account/tokens", json={"name": "script", "scope": "read"}).json()["token"]
    bearer = {"Authorization": f"Bearer {made}"}
    change = lambda **body: ann.put("/api/v1/account/password", json=body).status_code  # noqa: E731
    assert change(old=OTHER, new=OTHER) == 403
    assert change(new=OTHER) == 403
    assert change(old=GOOD, new="ann") == 422
    assert second.get(ME).status_code == 200
    assert change(old=GOOD, new=OTHER) == 204
    assert (ann.get(ME).status_code, second.get(ME).status_code) == (200, 401)
    assert empty.get(ME, headers=bearer).status_code == 200
    assert (sign_in(new_browser(empty), "ann", GOOD), sign_in(new_browser(empty), "ann", OTHER)) == (401, 200)
    assert change(old=OTHER, new=GOOD, end_tokens=True) == 204
    assert empty.get(ME, headers=bearer).status_code == 401
    assert [change(old=OTHER, new=OTHER) for _ in range(12)][-1] == 429


def test_a_first_password_needs_a_fresh_sign_in(empty: TestClient) -> None:
    owner = new_browser(empty)
    with database_of(empty).write() as session:
        link = tokens.create_owner_token(session, "login")
    assert owner.post("/api/v1/session", json={"token": link}).status_code == 200
    assert owner.get("/api/v1/session/ways").json()["password"] is False
    age(empty, timedelta(minutes=61))
    assert owner.put("/api/v1/account/password", json={"new": GOOD}).status_code == 403
    age(empty, timedelta(minutes=59))
    assert owner.put("/api/v1/account/password", json={"new": GOOD}).status_code == 204
    assert owner.get("/api/v1/account").json()["has_password"] is True
    assert owner.get("/api/v1/session/ways").json()["password"] is True


def age(client: TestClient, by: timedelta, **used: Any) -> None:
    """Makes every session older, as if it had been opened so long ago."""
    with database_of(client).write() as session:
        for row in session.scalars(select(Token).where(Token.kind == "session")):
            row.created_at = now() - by
            row.last_used_at = used.get("last")


def test_a_session_ends_without_use_and_at_its_end_whatever_its_use(tmp_path: server.Path) -> None:
    with server.running(tmp_path, session_idle_minutes=30, session_hours=8) as client:
        browser = new_browser(client)
        assert accept(browser, invited(client)) == 200
        cookie = {"Cookie": f"{SESSION_COOKIE}={browser.cookies[SESSION_COOKIE]}"}
        age(client, timedelta(minutes=31))
        assert client.get(ME, headers=cookie).status_code == 401
        age(client, timedelta(minutes=31), last=now() - timedelta(minutes=29))
        assert client.get(ME, headers=cookie).status_code == 200
        with database_of(client).write() as session:
            row = session.scalars(select(Token).where(Token.kind == "session", Token.name == "a program")).one()
            assert row.expires_at is not None
            assert timedelta(hours=7, minutes=59) < row.expires_at - now() <= timedelta(hours=8)
            row.expires_at = now()
        assert client.get(ME, headers=cookie).status_code == 401


def test_only_a_hand_keeps_a_session_alive(empty: TestClient, ann: TestClient) -> None:
    uses = empty.app.state.token_uses  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    used: Callable[[], Any] = lambda: ann.get("/api/v1/account/sign-ins").json()["items"][0]["last_used_at"]  # noqa: E731
    read = {"Authorization": f"Bearer {ann.cookies[SESSION_COOKIE]}"}
    quiet = {"X-RadiomicLens-Background": "1"}
    empty.get(ME, headers=read)
    ann.get(ME, headers=quiet)
    uses.write()
    with database_of(empty).read() as session:
        row = session.scalars(select(Token).where(Token.kind == "session", Token.name == "a program")).one()
        assert row.last_used_at is None, "the dashboard's own reads and what a page asks by itself do not count"
    ann.get(ME)
    uses.write()
    assert used() is not None


def test_a_token_has_a_name_a_scope_and_an_end(empty: TestClient, ann: TestClient) -> None:
    asked = {"name": "night script", "scope": "read", "days": 30}
    made = ann.post("/api/v1/account/tokens", json=asked)
    assert made.status_code == 201
    one = made.json()["credential"]
    assert (one["name"], one["scope"], one["kind"], one["state"], one["last_used_at"]) == (
        "night script", "read", "api", "active", None,
    )  # fmt: skip
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert who(empty, bearer) == ("ann", "viewer")
    assert empty.put("/api/v1/drafts/tables", json={"fields": {}}, headers=bearer).status_code == 403
    assert empty.get("/api/v1/shares", headers=bearer).status_code == 403, "a list of researchers"
    empty.app.state.token_uses.write()  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    listed = {row["id"]: row for row in ann.get("/api/v1/account/sign-ins").json()["items"]}
    assert listed[one["id"]]["last_used_at"] is not None
    with database_of(empty).write() as session:
        session.get_one(Token, one["id"]).expires_at = now()
    assert empty.get(ME, headers=bearer).status_code == 401
    listed = {row["id"]: row for row in ann.get("/api/v1/account/sign-ins").json()["items"]}
    assert listed[one["id"]]["state"] == "expired"


def test_a_token_makes_no_token_and_a_key_makes_one(empty: TestClient, ann: TestClient) -> None:
    path, body = "/api/v1/account/tokens", {"name": "script", "scope": "admin"}
    key = {"Idempotency-Key": "k"}
    first, again = (ann.post(path, json=body, headers=key).json() for _ in range(2))
    assert first == again
    assert ann.post(path, json=body | {"scope": "read"}, headers=key).status_code == 409
    ben = new_browser(empty)
    assert accept(ben, invited(empty, "ben")) == 200
    assert ben.post(path, json=body, headers=key).json()["token"] != first["token"], "a key is its user's own"
    bearer = {"Authorization": f"Bearer {first['token']}"}
    browser = new_browser(empty)
    assert browser.get(ME, headers=bearer).json()["role"] == "researcher", "no more than its user"
    assert browser.post(path, json=body, headers=bearer).status_code == 403
    assert browser.put("/api/v1/account/password", json={"new": OTHER}, headers=bearer).status_code == 403
    assert browser.delete(f"/api/v1/account/sign-ins/{first['credential']['id']}", headers=bearer).status_code == 403
    assert ann.delete(f"/api/v1/account/sign-ins/{first['credential']['id']}").status_code == 204
    assert browser.get(ME, headers=bearer).status_code == 401
    assert ann.post(path, json=body, headers=key).status_code == 409, "an ended token is not given again"


def test_without_sign_in_nobody_has_an_account(tmp_path: server.Path) -> None:
    with server.running(tmp_path, auth=False) as client:
        assert client.get("/api/v1/account").json() == {
            "name": "local", "role": "admin", "has_password": False, "sign_in": False, "from_outside": False,
        }  # fmt: skip
        assert client.get("/api/v1/account/sign-ins").json()["items"] == []
        assert client.post("/api/v1/account/tokens", json={"name": "x", "scope": "read"}).status_code == 409
        assert client.put("/api/v1/account/password", json={"new": GOOD}).status_code == 409


def new_login(client: TestClient) -> str:
    with database_of(client).write() as session:
        return tokens.create_owner_token(session, "login")


@sqlite_only
def test_plaintext_tokens_are_stored_nowhere(empty: TestClient) -> None:
    token = new_login(empty)
    empty.post("/api/v1/session", json={"token": token})
    secrets = [token, empty.cookies["radiomiclens_session"]]
    folder = empty.app.state.settings.data_dir  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert tokens.hash_token(token).encode() in stored
    assert [secret for secret in secrets if secret.encode() in stored] == []

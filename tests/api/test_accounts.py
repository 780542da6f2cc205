"""Accounts over the API: invitations, passwords, sessions and tokens, each ended one by one."""

from datetime import timedelta

from argon2 import PasswordHasher
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.access import tokens
from backend.models import Audit, Token, User, now
from shared.cookies import BROWSER_COOKIE, SESSION_COOKIE
from tests.api.links import database_of
from tests.api.people import GOOD, ME, OTHER, accept, as_admin, invited, new_browser, sign_in, user_id, who


def test_an_invitation_sets_a_password_once_and_signs_in(empty: TestClient) -> None:
    token, browser = invited(empty), new_browser(empty)
    assert accept(browser, token, "short") == 422
    assert accept(browser, token, "aaaaaaaaaaaaaaaa") == 422
    assert accept(browser, token, "ann-password-ann") == 422
    assert accept(browser, token) == 200, "a refused password does not use it up"
    assert who(browser) == ("ann", "researcher")
    assert accept(new_browser(empty), token, OTHER) == 401
    assert sign_in(new_browser(empty), "ann", OTHER) == 401
    assert sign_in(new_browser(empty), "ann", GOOD) == 200


def test_an_invitation_ends_with_its_days_with_a_newer_one_and_with_its_user(empty: TestClient) -> None:
    first, admin = invited(empty), as_admin(empty)
    path = f"/api/v1/users/{user_id(empty, 'ann')}"
    again = empty.post(f"{path}/invitations", json={"days": 3}, headers=admin).json()
    assert accept(new_browser(empty), first) == 401
    second = again["path"].partition("#")[2].partition(".")[0]
    assert empty.patch(path, json={"disabled": True}, headers=admin).json()["disabled"] is True
    assert accept(new_browser(empty), second) == 401
    assert empty.post(f"{path}/invitations", json={}, headers=admin).status_code == 422
    empty.patch(path, json={"disabled": False}, headers=admin)
    assert accept(new_browser(empty), second) == 401, "what ended stays ended"
    third = empty.post(f"{path}/invitations", json={}, headers=admin).json()
    with database_of(empty).write() as session:
        row = session.scalars(select(Token).where(Token.kind == "invitation", Token.revoked_at.is_(None))).one()
        assert row.expires_at is not None
        assert timedelta(days=6) < row.expires_at - now() <= timedelta(days=7)
        row.expires_at = now()
    assert accept(new_browser(empty), third["path"].partition("#")[2].partition(".")[0]) == 401


def test_the_password_is_stored_as_argon2id_and_nowhere_in_the_clear(empty: TestClient, ann: TestClient) -> None:
    with database_of(empty).read() as session:
        stored = session.scalars(select(User.password_hash).where(User.name == "ann")).one()
        audits = [f"{row.actor}{row.action}{row.target}{row.detail}" for row in session.scalars(select(Audit))]
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert PasswordHasher().verify(stored, GOOD)
    sign_in(new_browser(empty), "ann", OTHER)
    sign_in(new_browser(empty), OTHER, "typed into the wrong field")
    folder = empty.app.state.settings.data_dir  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert not [word for word in (GOOD, OTHER) if word.encode() in kept or word in str(audits)]
    bad = empty.post("/api/v1/session/password", json={"name": "ann", "password": "x" * 201})
    assert (bad.status_code, "x" * 30 in bad.text) == (422, False)


def test_whoever_fails_waits_and_nobody_else(empty: TestClient, ann: TestClient) -> None:
    invited(empty, "ben")
    stranger = new_browser(empty)
    assert [sign_in(stranger, "ann", OTHER) for _ in range(12)] == [401] * 10 + [429] * 2
    assert sign_in(stranger, "ann", GOOD) == 429, "the right guess does not end the wait"
    assert sign_in(stranger, "nobody at all", GOOD) == 429, "the address failed too often, the words tell no name"
    own = ann.cookies.get(BROWSER_COOKIE, path="/api/v1/session")
    assert own is not None
    ann.cookies.delete(SESSION_COOKIE)
    assert sign_in(ann, "ann", GOOD) == 200, "a browser that ann signed in from is not locked out"
    for mark in (f"{own}x", own.partition(".")[0], "x.y", "ü.ü", own.replace(".", "0.")):
        other = new_browser(empty)
        header = {"Cookie": f"{BROWSER_COOKIE}={mark}".encode()}
        body = {"name": "ann", "password": GOOD}
        assert other.post("/api/v1/session/password", json=body, headers=header).status_code == 429
    carried = {"Cookie": f"{BROWSER_COOKIE}={own}"}
    for _ in range(12):
        last = empty.post("/api/v1/session/password", json={"name": "ben", "password": OTHER}, headers=carried)
    assert last.status_code == 429, "the mark of one user is nothing for another"


def test_an_unknown_name_a_user_without_password_and_a_wrong_password_get_one_answer(
    empty: TestClient, ann: TestClient
) -> None:
    invited(empty, "ben")
    answers = [
        new_browser(empty).post("/api/v1/session/password", json={"name": name, "password": OTHER})
        for name in ("ann", "ben", "nobody", "owner")
    ]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].status_code == 401
    with database_of(empty).read() as session:
        refused = session.execute(select(Audit.actor, Audit.target).where(Audit.action == "session.refused")).all()
    assert sorted(refused) == [("nobody", ""), ("nobody", "ann"), ("nobody", "ben"), ("nobody", "owner")]


def test_a_disabled_user_is_out_at_once_everywhere(empty: TestClient, ann: TestClient) -> None:
    made = ann.post("/api/v1/account/tokens", json={"name": "script", "scope": "write"}).json()["token"]
    bearer = {"Authorization": f"Bearer {made}"}
    with database_of(empty).write() as session:
        link = tokens.create_user_token(session, "ann", None, "login")
    assert empty.get(ME, headers=bearer).status_code == 200
    path = f"/api/v1/users/{user_id(empty, 'ann')}"
    assert empty.patch(path, json={"disabled": True}, headers=as_admin(empty)).status_code == 200
    assert (ann.get(ME).status_code, empty.get(ME, headers=bearer).status_code) == (401, 401)
    assert new_browser(empty).post("/api/v1/session", json={"token": link}).status_code == 401
    answer = new_browser(empty).post("/api/v1/session/password", json={"name": "ann", "password": GOOD})
    assert (answer.status_code, "disabled" in answer.text) == (401, True)
    empty.patch(path, json={"disabled": False}, headers=as_admin(empty))
    assert (ann.get(ME).status_code, empty.get(ME, headers=bearer).status_code) == (401, 401)
    assert sign_in(new_browser(empty), "ann", GOOD) == 200


def test_the_owner_stays_admin_and_gets_no_link_over_the_network(empty: TestClient) -> None:
    admin, path = as_admin(empty), f"/api/v1/users/{user_id(empty, 'owner')}"
    invited(empty, "chief", "admin")
    with database_of(empty).write() as session:
        chief = tokens.create_user_token(session, "chief", None, "session")
    for header in (admin, {"Authorization": f"Bearer {chief}"}):
        assert empty.patch(path, json={"role": "viewer"}, headers=header).status_code == 422
        assert empty.patch(path, json={"disabled": True}, headers=header).status_code == 422
        assert empty.post(f"{path}/invitations", json={}, headers=header).status_code == 403
    own = f"/api/v1/users/{user_id(empty, 'chief')}/invitations"
    assert empty.post(own, json={}, headers={"Authorization": f"Bearer {chief}"}).status_code == 403
    assert empty.get(ME, headers=admin).json()["role"] == "admin"


def test_a_name_that_stands_for_something_else_is_refused(empty: TestClient, ann: TestClient) -> None:
    admin = as_admin(empty)
    names = (
        "",
        " ",
        "Owner",
        "local",
        "command line",
        "link",
        "Proxy",
        "institution",
        "a\nb",
        "a\u202eb",
        "-a",
        "<b>",
        "a" * 81,
        "ANN",
    )
    for name in ("owner", *names):
        answer = empty.post("/api/v1/users", json={"name": name, "role": "viewer"}, headers=admin)
        assert answer.status_code in (409, 422), name
    assert (
        empty.post("/api/v1/users", json={"name": "Zoë.Ørsted@x-1", "role": "viewer"}, headers=admin).status_code == 201
    )
    other = empty.post("/api/v1/users", json={"name": "ZOË.ØRSTED@x-1", "role": "viewer"}, headers=admin)
    assert other.status_code == 409, "capital letters of other languages, too"

"""What keeps a share link shut: its end, its withdrawal, its passphrase, its limits, and one answer for all of them."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.models import Audit, Share, ShareSession, now
from shared import schemas as s
from shared.cookies import SHARE_COOKIE, share_cookie
from tests.api import server
from tests.api.links import NOT_FOUND, database_of, first_picture, make, open_link, token_of


def test_unknown_expired_and_revoked_are_the_same_answer(
    client: TestClient, own: server.Filled, visitor: TestClient, link: s.ShareCreated
) -> None:
    expired, revoked = make(client, own), make(client, own)
    with database_of(client).write() as session:
        session.get_one(Share, expired.id).expires_at = now()
    assert client.post(f"/api/v1/shares/{revoked.id}/revoke", headers=server.bearer(client, "researcher")).is_success
    answers = [
        client.post("/api/v1/shares/open", json={"token": token})
        for token in ("x" * 43, "bad", "", "x" * 1000, token_of(expired), token_of(revoked))
    ]
    odd = json.dumps({"token": "\ud800"})
    answers.append(client.post("/api/v1/shares/open", content=odd, headers={"Content-Type": "application/json"}))
    assert len({answer.text for answer in answers}) == 1
    assert {name: answers[0].json()[name] for name in NOT_FOUND} == NOT_FOUND
    of_each = ("date", "x-request-id")
    headers = [{k: v for k, v in answer.headers.items() if k not in of_each} for answer in answers]
    assert all(found == headers[0] for found in headers)


def test_revoking_ends_browsers_that_opened_it_at_once(
    client: TestClient, visitor: TestClient, link: s.ShareCreated
) -> None:
    picture = first_picture(visitor)
    headers = server.bearer(client, "researcher")
    assert client.post(f"/api/v1/shares/{link.id}/revoke", headers=headers).json()["state"] == "revoked"
    for path in ("/shared", f"/shared/pictures/{picture}"):
        answer = visitor.get(f"/api/v1{path}")
        assert {name: answer.json()[name] for name in NOT_FOUND} == NOT_FOUND


def test_views_of_a_browser_are_noted_once_an_hour(
    client: TestClient, visitor: TestClient, link: s.ShareCreated, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = TestClient(client.app, base_url=server.ORIGIN)
    open_link(other, link)
    with monkeypatch.context() as broken:
        broken.setattr("backend.access.audit.Audit", None)
        assert visitor.get("/api/v1/shared").status_code == 500
    for browser in (visitor, visitor, other, other, visitor):
        assert browser.get("/api/v1/shared").status_code == 200
    with database_of(client).read() as session:
        noted = session.scalars(select(Audit.target).where(Audit.action == "share.view")).all()
    assert noted == [link.id, link.id], "one for each browser, and none for the view that failed"
    other.close()


def test_a_browser_forgets_the_link_after_twelve_hours(client: TestClient, visitor: TestClient) -> None:
    with database_of(client).write() as session:
        session.scalars(select(ShareSession)).one().created_at = now() - timedelta(hours=12, seconds=1)
    assert visitor.get("/api/v1/shared").status_code == 404


def test_the_eleventh_failure_a_minute_is_429_and_the_next_minute_is_free(client: TestClient) -> None:
    tokens = [f"{n:0{43 if n % 2 else 1}}" for n in range(12)]  # short ones count as well
    codes = [client.post("/api/v1/shares/open", json={"token": token}).status_code for token in tokens]
    assert codes == [404] * 10 + [429] * 2


def test_a_passphrase_is_asked_for_and_stored_only_hashed(client: TestClient, own: server.Filled) -> None:
    secret = "fünf gelbe Boote"
    link = make(client, own, passphrase=secret)
    assert link.has_passphrase
    wrong = (
        {},
        {"passphrase": ""},
        {"passphrase": secret.upper()},
        {"passphrase": "\udcff"},
        {"passphrase": "x" * 999},
    )
    kind = {"Content-Type": "application/json"}
    refused = [
        client.post("/api/v1/shares/open", content=json.dumps({"token": token_of(link)} | more), headers=kind)
        for more in wrong
    ]
    unknown = client.post("/api/v1/shares/open", json={"token": "x" * 43, "passphrase": secret})
    assert {(answer.status_code, answer.text) for answer in refused} == {(404, unknown.text)}
    assert open_link(client, link, passphrase=secret).status_code == 204  # type: ignore[attr-defined]  # httpx response
    assert client.get("/api/v1/shared").status_code == 200
    codes = [open_link(client, link, passphrase="guess").status_code for _ in range(5)]  # type: ignore[attr-defined]  # httpx response
    assert codes == [404] * 4 + [429], "guesses count like unknown tokens: six before, four now"
    stored = b"".join(path.read_bytes() for path in own.folder.rglob("*") if path.is_file())
    assert secret.encode() not in stored
    with database_of(client).read() as session:
        salt, digest = str(session.get_one(Share, link.id).passphrase_hash).split("$")
    expected = hashlib.scrypt(secret.encode(), salt=bytes.fromhex(salt), n=16384, r=8, p=1)
    assert digest == expected.hex()


def test_a_link_opens_as_often_as_allowed_and_no_more(client: TestClient, own: server.Filled) -> None:
    link = make(client, own, max_views=2)
    browsers = [TestClient(client.app, base_url=server.ORIGIN) for _ in range(3)]
    codes = [open_link(browser, link).status_code for browser in browsers]  # type: ignore[attr-defined]  # httpx response
    assert codes == [204, 204, 404]
    assert [browser.get("/api/v1/shared").status_code for browser in browsers] == [200, 200, 404]
    listed = client.get("/api/v1/shares", headers=server.bearer(client, "researcher")).json()["items"][0]
    assert (listed["opened"], listed["max_views"], listed["state"]) == (2, 2, "expired")


def test_two_links_stay_open_side_by_side_in_one_browser(client: TestClient, own: server.Filled) -> None:
    browser = TestClient(client.app, base_url=server.ORIGIN)
    links = [make(client, own, label=f"link {n}") for n in range(2)]
    for link in links:
        answer = open_link(browser, link)
        assert answer.headers["content-location"] == f"/shared?link={link.id}"  # type: ignore[attr-defined]  # httpx response
    kept = {link.id: browser.cookies[share_cookie(link.id)] for link in links}
    assert len(set(kept.values())) == 2
    for value in kept.values():
        alone = TestClient(client.app, base_url=server.ORIGIN, cookies={SHARE_COOKIE: value})
        assert alone.get("/api/v1/shared").status_code == 200


def test_guesses_at_the_same_moment_do_not_pass_the_limit(client: TestClient, own: server.Filled) -> None:
    link = make(client, own, passphrase="the right one")
    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(lambda n: open_link(client, link, passphrase=f"guess {n}").status_code, range(20)))  # type: ignore[attr-defined]  # httpx response
    assert sorted(codes) == [404] * 10 + [429] * 10

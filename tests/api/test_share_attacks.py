"""Who holds a link cannot fill the disk; a damaged link neither shuts others out nor is an error of the program."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from backend.access import share_links
from backend.models import Audit, Share, ShareSession, now, snapshot_hash
from backend.web.rate_limit import OPENINGS_A_MINUTE
from backend.web.visitor import visitor_of
from shared import schemas as s
from shared.cookies import SHARE_COOKIE, share_cookie
from tests.api import server
from tests.api.links import database_of, make, open_link, token_of


def sessions(client: TestClient) -> int:
    with database_of(client).read() as session:
        return session.scalar(select(func.count()).select_from(ShareSession)) or 0


def test_opening_again_and_again_is_stopped_and_leaves_nothing_behind(
    client: TestClient, own: server.Filled, link: s.ShareCreated
) -> None:
    other = make(client, own)
    codes = [open_link(client, link).status_code for _ in range(OPENINGS_A_MINUTE + 3)]  # type: ignore[attr-defined]  # an answer of httpx
    assert codes == [204] * OPENINGS_A_MINUTE + [429] * 3
    assert open_link(client, other).status_code == 204  # type: ignore[attr-defined]  # an answer of httpx
    assert sessions(client) == OPENINGS_A_MINUTE + 1
    with database_of(client).read() as session:
        noted = select(func.count()).select_from(Audit).where(Audit.action == "share.open", Audit.target == link.id)
        assert session.scalar(noted) == OPENINGS_A_MINUTE, "what was refused left no row"
        assert session.get_one(Share, link.id).opened == OPENINGS_A_MINUTE


def test_browsers_of_a_link_are_bounded_and_out_of_date_ones_go(
    client: TestClient, own: server.Filled, link: s.ShareCreated, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make(client, own)
    open_link(client, other)
    monkeypatch.setattr(share_links, "MAX_BROWSERS", 5)
    cookies = []
    for _ in range(8):
        with database_of(client).write() as session:
            cookies.append(share_links.open_link(session, token_of(link), "")[0])
    assert sessions(client) == 1 + 5
    with database_of(client).write() as session:
        share_links.opened_share(session, cookies[-5])
        for row in session.scalars(select(ShareSession).where(ShareSession.share_id == link.id)):
            row.created_at = now() - timedelta(hours=13)
    open_link(client, link)
    assert sessions(client) == 2


@pytest.mark.parametrize("change", ["expires_at = 'never'", "snapshot = '{'", "label = CAST(x'ff41' AS TEXT)"])
def test_a_damaged_link_does_not_shut_out_the_browsers_others(
    client: TestClient, own: server.Filled, link: s.ShareCreated, change: str
) -> None:
    bad, cookies = make(client, own), {}
    for each in (bad, link):
        browser = TestClient(client.app, base_url=server.ORIGIN)
        open_link(browser, each)
        cookies[share_cookie(each.id)] = browser.cookies[SHARE_COOKIE]
        browser.close()
    with closing(sqlite3.connect(own.folder / "radiomiclens.sqlite")) as database, database:
        database.execute(f"UPDATE shares SET {change} WHERE id = ?", (bad.id,))
    both = TestClient(client.app, base_url=server.ORIGIN, cookies=cookies)
    codes = [both.get(f"/api/v1/shared/page?link={each.id}").status_code for each in (link, bad)]
    assert (codes[0], codes[1] in (404, 500)) == (200, True)
    header = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
    browser = HTTPConnection({"type": "http", "headers": [(b"cookie", header)]})
    assert visitor_of(database_of(client), browser, auth=True) is None, "a link opens nothing of the dashboard"
    both.close()


def test_a_damaged_passphrase_and_an_unknown_snapshot_are_sentences(client: TestClient, own: server.Filled) -> None:
    link = make(client, own, passphrase="long enough")
    visitor = TestClient(client.app, base_url=server.ORIGIN)
    assert open_link(visitor, link, passphrase="long enough").status_code == 204  # type: ignore[attr-defined]  # httpx
    with database_of(client).write() as session:
        share = session.get_one(Share, link.id)
        share.snapshot = share.snapshot | {"a field of tomorrow": 1}
        share.snapshot_sha256 = snapshot_hash(share.snapshot)
        share.passphrase_hash = "no hexadecimal"
    answers = [visitor.get("/api/v1/shared"), open_link(visitor, link, passphrase="long enough")]
    assert [answer.json()["code"] for answer in answers] == ["damaged"] * 2  # type: ignore[attr-defined]  # httpx
    visitor.close()

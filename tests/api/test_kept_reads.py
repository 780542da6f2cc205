"""Kept answers: the same as the routes give, gone with a change, and nobody's who may not have them."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, event, text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from backend.access import projects, tokens
from backend.app import PREFIX, create_app
from backend.models import DEFAULT_PROJECT, Cohort
from backend.settings import Settings
from backend.storage.change_counter import ChangeCounter
from backend.storage.database import Database, upgrade
from backend.storage.prepare import sqlite_path
from backend.web import kept_reads
from backend.web.authorization import VIEWER, CurrentUser
from backend.web.kept_reads import NEVER_CHANGES, WHILE_NOTHING_CHANGES, KeptReads, KeptState, check_kept_routes
from tests.api import server
from tests.api.reads import a_case, get
from tests.own_loop import finished
from tests.postgres.per_folder import ON_SERVER

LISTS = ("/analyses", "/cohorts", "/encoders", "/radiomics", "/trajectories")
ADMINISTRATION = (
    "FROM tokens",
    "FROM users",
    "FROM members",
    "FROM projects",
    "SELECT cohorts.id \nFROM cohorts",
    "PRAGMA",
    "pg_current_snapshot",
    "SET TRANSACTION",
    "BEGIN",
)
"""What a kept answer reads still: who asks, and which cohorts there are for him."""


def addresses(client: TestClient, filled: server.Filled) -> list[str]:
    """Every kept address that the filled server has an answer for, with a query where one is usual."""
    feature = get(client, f"/analyses/{filled.analysis_id}/ranking", limit=1)["items"][0]["feature"]  # type: ignore[index]
    ids = {
        "analysis_id": filled.analysis_id,
        "cohort_id": filled.cohort_id,
        "case_id": a_case(client, filled).id,
        "feature": feature,
    }
    known = [path for path in (*NEVER_CHANGES, *WHILE_NOTHING_CHANGES) if "comparison" not in path]
    return [path.format(**ids) for path in known if "trajectory_id" not in path] + [
        f"/analyses/{filled.analysis_id}/ranking?limit=7&sort=delta_i",
        f"/cohorts/{filled.cohort_id}/cases?limit=5&cursor=5",
    ]


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of databases of this process inside the block, without who asks."""
    asked: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not any(part in statement for part in ADMINISTRATION):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def test_the_second_reader_gets_the_same_bytes_without_the_database(
    reader: TestClient, filled: server.Filled, own: server.Filled
) -> None:
    """The oracle: another server, whose first answer is the routes' own."""
    with server.running(own.folder) as other:
        other.headers.update(server.bearer(other, "viewer"))
        for address in addresses(reader, filled):
            fresh = other.get(f"/api/v1{address}")
            again, asked = read_again(reader, address)
            assert fresh.status_code == again.status_code == 200, address
            assert again.content == fresh.content, address
            assert asked == [], address
            first, second = ({**each.headers, "date": "", "x-request-id": ""} for each in (fresh, again))
            assert first == second, address


def read_again(reader: TestClient, address: str) -> tuple[httpx.Response, list[str]]:
    """The answer to a second reader, and what it asked; PostgreSQL counts other databases, too: it is tried anew."""
    for _ in range(50 if ON_SERVER else 1):
        reader.get(f"/api/v1{address}")
        with statements() as asked:
            again = reader.get(f"/api/v1{address}")
        if not asked:
            break
    return again, asked


def test_who_has_the_answer_gets_304(reader: TestClient, filled: server.Filled) -> None:
    address = f"/api/v1/analyses/{filled.analysis_id}/groups"
    tag = reader.get(address).headers["etag"]
    again = reader.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_a_change_is_seen_at_once(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    paths = ("/cohorts", f"/cohorts/{own.cohort_id}", "/analyses", f"/analyses/{own.analysis_id}")
    for n in range(3):
        with closing(Database(server.settings_of(own.folder))) as other, other.write() as session:
            session.execute(text("UPDATE cohorts SET name = :name"), {"name": f"name {n}"})
        for path in paths:
            assert f'"name {n}"' in client.get(f"/api/v1{path}").text, path


def test_a_kept_answer_needs_a_sign_in_that_lives(client: TestClient, own: server.Filled) -> None:
    good = server.bearer(client, "viewer")
    path = f"/api/v1/analyses/{own.analysis_id}/groups"
    senders = (good, {}, {"Authorization": "Bearer nobody's"})
    assert [client.get(path, headers=each).status_code for each in senders] == [200, 401, 401]
    with client.app.state.database.write() as session:  # type: ignore[attr-defined]
        tokens.revoke_all(session, "a viewer")
    assert client.get(path, headers=good).status_code == 401


def test_who_sees_other_cohorts_gets_no_answer_of_this_one(client: TestClient, own: server.Filled) -> None:
    """A cohort that is gone, or is another's, takes its analyses with it: the kept ones, too."""
    client.headers.update(server.bearer(client, "viewer"))
    path = f"/api/v1/analyses/{own.analysis_id}/groups"
    assert client.get(path).status_code == 200
    with closing(Database(server.settings_of(own.folder))) as other, other.write() as session:
        session.execute(text("UPDATE cohorts SET note = 'changed'"))
    with statements() as asked:
        assert client.get(path).status_code == 200
    assert ON_SERVER or asked == []  # the analysis never changes
    with client.app.state.database.write() as session:  # type: ignore[attr-defined]
        session.add(Cohort(name="another", kind="images"))
    with statements() as asked:
        assert client.get(path).status_code == 200
    assert asked != []  # what this user sees has changed, so the route decides anew


def test_who_is_no_member_gets_404_for_what_is_kept(client: TestClient, own: server.Filled) -> None:
    member, other = server.bearer(client, "viewer"), server.bearer(client, "researcher")
    database: Database = client.app.state.database  # type: ignore[attr-defined]
    paths = [path for path in addresses_of(client, own, member) if path not in LISTS]
    for path in paths:
        assert client.get(f"/api/v1{path}", headers=member).status_code == 200, path
        assert client.get(f"/api/v1{path}", headers=other).status_code == 200, path
    with database.write() as session:
        projects.end_member(session, DEFAULT_PROJECT, "a researcher", "test")
    for path in paths:
        assert client.get(f"/api/v1{path}", headers=member).status_code == 200, path
        assert client.get(f"/api/v1{path}", headers=other).status_code == 404, path
    for path in LISTS:
        assert client.get(f"/api/v1{path}", headers=other).json()["items"] == [], path


def addresses_of(client: TestClient, filled: server.Filled, header: dict[str, str]) -> list[str]:
    """The addresses as one user reads them."""
    with server.running(filled.folder) as reader:
        reader.headers.update(header)
        return addresses(reader, filled)


def test_tables_to_take_away_and_refusals_are_made_each_time(reader: TestClient, filled: server.Filled) -> None:
    of = f"/api/v1/analyses/{filled.analysis_id}"
    for address in (f"{of}.csv", f"{of}/evidence/nothing.csv", f"{of}/ranking?sort=nothing", f"{of}x"):
        reader.get(address)
        answer = reader.get(address)
        assert "etag" not in answer.headers, address


def test_what_depends_on_who_asks_cannot_be_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = create_app(server.settings_of(tmp_path))
    for path, sentence in (("/me", "not the same"), ("/shares", "not the same"), ("/nowhere", "no such route")):
        monkeypatch.setattr(kept_reads, "WHILE_NOTHING_CHANGES", (path,))
        with pytest.raises(LookupError, match=sentence):
            check_kept_routes(app, PREFIX)


def test_a_new_route_that_looks_like_a_kept_one_is_noticed() -> None:
    app = FastAPI()

    @app.get("/api/v1/cohorts/{name}/cases", dependencies=[VIEWER])
    def mine(user: CurrentUser) -> str:
        return user.name

    with pytest.raises(LookupError):
        check_kept_routes(app, PREFIX)


def test_an_answer_is_not_kept_where_something_changed_while_it_was_made(tmp_path: Path) -> None:
    """Whoever was let in meanwhile would leave it under the view of those who were not."""
    settings = server.settings_of(tmp_path, auth=False)
    upgrade(settings)
    made: list[int] = []

    async def ranking(request: Request) -> Response:
        made.append(1)
        if len(made) == 1:
            with request.app.state.kept_reads.database.write() as session:
                session.execute(text("INSERT INTO feature_lists (id, names, seal) VALUES ('x', '[]', '')"))
        return JSONResponse({"n": len(made)})

    app = Starlette(
        routes=[Route("/api/v1/analyses/a/ranking", ranking)], middleware=[Middleware(KeptReads, prefix="/api/v1")]
    )
    with closing(Database(settings)) as database, closing(_kept(app, database, settings)):
        client = TestClient(app)
        seen = [client.get("/api/v1/analyses/a/ranking").json()["n"] for _ in range(4)]
    assert seen == [1, 2, 2, 2]


def test_readers_at_the_same_moment_wait_for_one_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = server.settings_of(tmp_path, auth=False)
    upgrade(settings)
    made: list[int] = []
    looked: list[int] = []
    look = kept_reads._now_and_view

    def counted(request: Request, state: KeptState) -> object:
        found = look(request, state)
        looked.append(1)
        return found

    monkeypatch.setattr(kept_reads, "_now_and_view", counted)

    async def everything(_request: Request) -> Response:
        made.append(1)
        while len(looked) < 30:  # all of them are here
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        return JSONResponse({"items": []})

    app = Starlette(routes=[Route("/api/v1/cohorts", everything)], middleware=[Middleware(KeptReads, prefix="/api/v1")])

    async def ask() -> list[bytes]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=server.ORIGIN) as client:
            return [each.content for each in await asyncio.gather(*(client.get("/api/v1/cohorts") for _ in range(30)))]

    with closing(Database(settings)) as database, closing(_kept(app, database, settings)):
        assert set(finished(ask())) == {b'{"items":[]}'}
    assert ON_SERVER or made == [1]  # there a write to another database counts, too


def _kept(app: Starlette, database: Database, settings: Settings) -> KeptState:
    app.state.settings = settings
    app.state.kept_reads = KeptState(database, ChangeCounter(database.engine, sqlite_path(settings)))
    return app.state.kept_reads  # type: ignore[no-any-return] # just set

"""A data folder of before other organs went the whole way: every answer is the same, and nothing is computed again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from sqlalchemy import func, select
from starlette.testclient import TestClient

from backend.models import Encoder, Job
from backend.settings import Settings
from backend.storage.database import upgrade
from shared import schemas as s
from tests.api import server
from tests.api.links import database_of
from tests.storage.before_protocols import folder as earlier
from tests.storage.before_protocols.answers import asked, differences, paths

KEPT = earlier.kept()
REQUESTS = [request["params"] for request in KEPT["requests"]]
FOUND = ("analysis_id", "comparison_id", "trajectory_id", "encoder_id")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = earlier.unpack(tmp_path_factory.mktemp("before") / "data")
    upgrade(made)
    return made


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with server.running(settings.data_dir) as running:
        running.headers.update(server.bearer(running, "researcher"))
        yield running


def test_every_answer_is_the_one_of_then(client: TestClient) -> None:
    assert set(paths(client)) == KEPT["answers"].keys()
    changed = [
        line for path, then in KEPT["answers"].items() for line in differences(then, asked(client, path), f"{path} ")
    ]
    assert changed == []


def test_a_difference_is_found() -> None:
    then = {"rows": [{"x": 1.0, "name": "a"}]}
    assert differences(then, {"rows": [{"x": 1.0, "name": "a", "new": 3}], "new": 1}) == []
    assert differences(then, {"rows": [{"x": 1.001, "name": "a"}]}) == [".rows[0].x: '1.0' is now '1.001'"]
    assert differences(then, {"rows": [{"x": 1.0}]}) == [".rows[0].name is gone"]


def test_a_colour_may_be_another_but_not_gone() -> None:
    then = {"name": "T2", "colour": "#0072B2"}
    assert differences(then, {"name": "T2", "colour": "#009E73"}) == []
    assert differences(then, {"name": "T2"}) == [".colour is gone"]
    for other in (None, "green", 7):
        assert differences(then, {"name": "T2", "colour": other}) == [f".colour: '#0072B2' is now {str(other)!r}"]
    assert differences({"colour": None}, {"colour": "#009E73"}) == [".colour: 'None' is now '#009E73'"]


def test_links_show_what_they_showed(client: TestClient) -> None:
    assert len(KEPT["links"]) == 3
    for link, then in zip(KEPT["links"], KEPT["shown"], strict=True):
        with TestClient(client.app, base_url=server.ORIGIN) as visitor:
            opened = visitor.post("/api/v1/shares/open", json={"token": link.removeprefix("/s#")})
            assert opened.status_code == 204, opened.text
            assert differences(then, asked(visitor, "/shared")) == []
            for name in {shift["picture"] for shift in then["shifts"]} - {None}:
                picture = visitor.get(f"/api/v1/shared/pictures/{name}")
                assert picture.status_code == 200


@pytest.mark.parametrize("number", range(len(REQUESTS)), ids=[request["kind"] for request in REQUESTS])
def test_the_same_request_is_answered_from_what_is_there(tmp_path: Path, number: int) -> None:
    settings = earlier.unpack(tmp_path / "data")
    upgrade(settings)
    then: dict[str, Any] = KEPT["requests"][number]["result"]
    params = TypeAdapter(s.JobParams).validate_python(REQUESTS[number])
    with server.running(settings.data_dir) as client:
        database = database_of(client)
        now = server.work(database, settings, params)
        with database.read() as session:
            keys = {row.id: row.cache_key for row in session.scalars(select(Encoder))}
            kinds = session.scalars(select(func.count()).select_from(Job).where(Job.kind == params.kind)).one()
    assert now["reused" if params.kind == "extract" else "cached"], now
    assert {name: now[name] for name in FOUND if name in then} == {name: then[name] for name in FOUND if name in then}
    assert keys == KEPT["encoder_keys"]
    assert kinds > 1, "the request was asked anew"

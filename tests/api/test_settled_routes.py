"""No request keeps a lock of the database while it waits for a thread.

250 readers and a writer once stood still for a minute: readers that had been answered, but not yet sent, waited for
threads in which others waited for the writer, who waited for them.
"""

from collections.abc import Callable
from typing import Any

import fastapi.dependencies.utils
import fastapi.routing
import pytest
from starlette.concurrency import run_in_threadpool
from starlette.testclient import TestClient

from tests.api import server
from tests.api.links import database_of

READS = (
    "/cohorts",
    "/cohorts/{cohort}",
    "/cohorts/{cohort}/cases",
    "/cohorts/{cohort}/cases.csv",
    "/cases/{case}",
    "/cases/{case}/radiomics",
    "/analyses",
    "/analyses/{analysis}",
    "/analyses/{analysis}/ranking",
    "/analyses/{analysis}/groups.csv",
    "/jobs",
    "/stars",
)


@pytest.fixture
def held(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Each time a request asks for a thread while it holds connections: what for, and how many."""
    pool, found = database_of(client).engine.pool, []

    async def ask(asked: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if count := pool.checkedout():  # type: ignore[attr-defined]  # a QueuePool
            found.append((str(asked), count))
        return await run_in_threadpool(asked, *args, **kwargs)

    for module in (fastapi.routing, fastapi.dependencies.utils):
        monkeypatch.setattr(module, "run_in_threadpool", ask)
    return found


def test_a_read_holds_no_connection_while_it_waits_for_a_thread(
    client: TestClient, own: server.Filled, held: list[tuple[str, int]]
) -> None:
    signed_in = server.bearer(client, "viewer")
    case = client.get(f"/api/v1/cohorts/{own.cohort_id}/cases", headers=signed_in).json()["items"][0]["id"]
    names = {"cohort": own.cohort_id, "analysis": own.analysis_id, "case": case}
    for path in READS:
        client.get(f"/api/v1{path.format(**names)}", headers=signed_in).raise_for_status()
        assert held == [], path


def test_a_write_is_committed_before_its_answer_is_checked(
    client: TestClient, own: server.Filled, held: list[tuple[str, int]]
) -> None:
    signed_in = server.bearer(client, "researcher")
    answer = client.post("/api/v1/stars", json={"analysis_id": own.analysis_id}, headers=signed_in)
    answer.raise_for_status()
    assert held == []
    assert len(client.get("/api/v1/stars", headers=signed_in).json()["items"]) == 1


def test_a_refused_write_leaves_nothing(client: TestClient) -> None:
    signed_in = server.bearer(client, "researcher")
    answer = client.post("/api/v1/stars", json={"analysis_id": "0" * 16}, headers=signed_in)
    assert answer.status_code == 404
    assert client.get("/api/v1/stars", headers=signed_in).json()["items"] == []

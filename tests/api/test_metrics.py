"""`/metrics`: behind a token of its own, with what the rows say, and without a name of anybody."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError
from starlette.testclient import TestClient

from backend import models
from backend.operations.counted import OVERLAP, Counted, EndedJob
from backend.settings import Settings
from backend.storage.folder_lock import worker_lock
from tests.api import server
from tests.api.links import database_of
from tests.postgres.per_folder import ON_SERVER

TOKEN = "a token for Prometheus alone"
TOKEN_OF_METRICS = {"Authorization": f"Bearer {TOKEN.replace(' ', '-')}"}
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def measured(own: server.Filled) -> Iterator[TestClient]:
    with server.running(own.folder, metrics_token=TOKEN.replace(" ", "-")) as client:
        yield client


def figures(client: TestClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = client.get("/metrics", headers=TOKEN_OF_METRICS)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation
        for sample in family.samples:
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


def value(found: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float | None:
    return found.get((f"radiomiclens_{name}", frozenset(labels.items())))


def job(position: int, state: str, **fields: object) -> models.Job:
    fixed = {"kind": "extract", "title": "Jane Doe", "lane": "cpu", "params": {}, "submitted_by": "ann"}
    return models.Job(**(fixed | {"position": 900 + position, "state": state} | fields))


def test_nobody_gets_figures_without_their_token(client: TestClient, measured: TestClient) -> None:
    assert client.get("/metrics", headers=TOKEN_OF_METRICS).status_code == 404  # none is set
    assert measured.get("/metrics").status_code == 401
    admin = server.bearer(measured, "admin")
    assert measured.get("/metrics", headers=admin).status_code == 401  # it is no sign-in
    assert measured.get("/api/v1/jobs", headers=TOKEN_OF_METRICS).status_code == 401  # and opens nothing else
    assert measured.get("/metrics?token=x", headers=TOKEN_OF_METRICS).status_code == 422
    assert measured.get("/metrics", headers=TOKEN_OF_METRICS).status_code == 200
    codes = [measured.get("/metrics", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(12)]
    assert codes[-1] == 429
    assert measured.get("/metrics", headers=TOKEN_OF_METRICS).status_code == 200  # never blocked by others


def test_the_queue_its_ages_and_the_disk_are_told(measured: TestClient, own: server.Filled) -> None:
    before = figures(measured)
    moment = models.now()
    with database_of(measured).write() as session:
        session.add_all(
            [
                job(1, "queued", created_at=moment - timedelta(hours=2)),
                job(2, "queued", created_at=moment - timedelta(hours=1), lane="device"),
                job(3, "running", started_at=moment - timedelta(minutes=10)),
            ]
        )
        session.add(models.WebhookMessage(job_id="j", kind="x", state="done", page="jobs", query={}))
    found = figures(measured)
    waited = value(before, "jobs", lane="cpu", state="queued")  # the power statement of the analysis
    assert value(found, "jobs", lane="cpu", state="queued") == (waited or 0) + 1
    assert value(found, "jobs", lane="device", state="queued") == 1
    assert value(found, "jobs", lane="cpu", state="running") == 1
    assert value(found, "jobs", lane="cpu", state="done") == value(before, "jobs", lane="cpu", state="done")
    assert value(found, "oldest_job_seconds", lane="cpu", state="queued") == pytest.approx(7200, abs=60)
    assert value(found, "oldest_job_seconds", lane="cpu", state="running") == pytest.approx(600, abs=60)
    assert value(found, "notices_waiting") == (value(before, "notices_waiting") or 0) + 1
    if ON_SERVER:
        assert 8 * 2**20 < (value(found, "database_bytes") or 0) < 100 * 2**20  # an empty one has 8 MB
    else:
        assert value(found, "database_bytes") == (own.folder / "radiomiclens.sqlite").stat().st_size
    assert 0 < (value(found, "disk_free_bytes") or 0) < (value(found, "disk_bytes") or 0)
    assert value(found, "worker_up") == 0
    with worker_lock(own.folder):
        assert value(figures(measured), "worker_up") == 1


def test_ended_jobs_are_counted_once_each_with_their_time(measured: TestClient) -> None:
    assert value(figures(measured), "job_duration_seconds_count", kind="extract", state="done") is None
    moment = models.now() + timedelta(seconds=5)
    with database_of(measured).write() as session:
        session.add(job(1, "done", started_at=moment - timedelta(seconds=40), finished_at=moment))
        session.add(job(2, "failed", started_at=moment - timedelta(seconds=4), finished_at=moment))
        session.add(job(3, "cancelled", finished_at=moment))  # never began
    for _ in range(2):
        found = figures(measured)
        assert value(found, "job_duration_seconds_count", kind="extract", state="done") == 1
        assert value(found, "job_duration_seconds_sum", kind="extract", state="done") == 40
        assert value(found, "job_duration_seconds_bucket", kind="extract", state="done", le="15.0") == 0
        assert value(found, "job_duration_seconds_bucket", kind="extract", state="done", le="60.0") == 1
        assert value(found, "job_duration_seconds_sum", kind="extract", state="failed") == 4


def test_a_job_that_another_host_tells_late_is_counted_and_old_ones_are_forgotten() -> None:
    counted = Counted(NOON)

    def count() -> float:
        return counted.registry.get_sample_value(
            "radiomiclens_job_duration_seconds_count", {"kind": "x", "state": "done"}
        )

    first, late = (EndedJob(name, "x", "done", NOON + timedelta(minutes=n), 1.0) for name, n in (("a", 20), ("b", 17)))
    counted.ended([first])
    assert counted.ended_since == first.ended_at - OVERLAP
    counted.ended([late, first])
    assert count() == 2
    again = EndedJob("a", "x", "done", NOON + timedelta(minutes=40), 1.0)  # retried
    counted.ended([late, first, again])
    counted.ended([again])
    assert count() == 3


def test_requests_are_counted_by_route_and_not_by_address(measured: TestClient, own: server.Filled) -> None:
    viewer = server.bearer(measured, "viewer")
    measured.get(f"/api/v1/cohorts/{own.cohort_id}", headers=viewer)
    measured.get("/api/v1/cohorts/CANARY", headers=viewer)
    measured.get("/api/v1/CANARY")
    measured.request("CANARY", "/api/v1/jobs")
    found = figures(measured)
    route = {"method": "GET", "route": "/cohorts/{cohort_id}"}
    assert value(found, "http_request_duration_seconds_count", **route, status="2xx") == 1
    assert value(found, "http_request_duration_seconds_count", **route, status="4xx") == 1
    unknown = {"method": "GET", "route": "unknown", "status": "4xx"}
    assert value(found, "http_request_duration_seconds_count", **unknown) == 1
    text = measured.get("/metrics", headers=TOKEN_OF_METRICS).text
    for secret in ("CANARY", own.cohort_id, server.COHORT_NAME, server.PATIENT_NAME, "Doe", "ann", "a viewer"):
        assert not re.search(rf"\b{re.escape(secret)}\b", text)


def test_a_request_has_an_id_of_its_own_or_a_plain_one_that_a_proxy_gave(measured: TestClient) -> None:
    def given(header: str | None) -> str:
        headers = {} if header is None else {"X-Request-ID": header}
        return measured.get("/api/v1/healthz", headers=headers).headers["x-request-id"]

    assert given("proxy-0123.abc") == "proxy-0123.abc"
    assert len({given(None), given(None), given("short"), given("x" * 65), given('a"b{}cdefgh')}) == 5


@pytest.mark.parametrize("token", ["short", "with a space in it.", "x" * 15, "ü" * 20])
def test_a_weak_token_is_refused_at_the_start(tmp_path: Path, token: str) -> None:
    with pytest.raises(ValidationError, match="metrics_token"):
        Settings.model_validate({"data_dir": tmp_path, "metrics_token": token})

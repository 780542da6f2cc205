"""Jobs over HTTP: submitted once, planned, watched, cancelled, tried again."""

import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.jobs import queue, transitions
from backend.models import Audit
from backend.storage.database import Database
from shared import schemas as s
from shared.protocols.reader import built_in
from tests.api import server

SYNTH = {"params": {"kind": "synth_tables", "cohort": "sample", "patients": 20}}


@pytest.fixture
def researcher(empty: TestClient) -> TestClient:
    empty.headers.update(server.bearer(empty, "researcher"))
    return empty


def database_of(client: TestClient) -> Database:
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    return database


def submit(client: TestClient, **headers: str) -> s.Job:
    answer = client.post("/api/v1/jobs", json=SYNTH, headers=headers)
    assert answer.status_code == 202, answer.text
    return s.Job.model_validate(answer.json())


def test_a_mistake_in_a_protocol_of_ones_own_is_told_by_its_key(researcher: TestClient) -> None:
    own = built_in("lung-ct").model_dump(mode="json")
    own["targets"] = [{"name": "stage", "kind": "class", "column": "stage"}]
    params = {"kind": "import_cases", "cohort": "x", "path": "x", "protocol": own}
    answer = researcher.post("/api/v1/jobs", json={"params": params})
    assert answer.status_code == 422
    assert answer.json()["detail"] == (
        "params.import_cases.protocol.targets.0: Value error, is of kind class, which needs two different classes or "
        "more."
    )


def test_an_unknown_protocol_is_refused_with_those_there_are(researcher: TestClient) -> None:
    params = {"kind": "import_cases", "cohort": "x", "path": "x", "protocol": "heart"}
    answer = researcher.post("/api/v1/jobs", json={"params": params})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("There is no protocol 'heart'; built in are prostate-mpmri, brain-")


def test_a_job_is_accepted_with_the_place_to_watch_it(researcher: TestClient) -> None:
    answer = researcher.post("/api/v1/jobs", json=SYNTH)
    job = s.Job.model_validate(answer.json())
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v1/jobs/{job.id}"
    assert s.Job.model_validate(researcher.get(answer.headers["location"]).json()) == job
    assert job.state == "queued"
    with database_of(researcher).read() as session:
        row = session.scalars(select(Audit).where(Audit.action == "job.submit")).one()
    assert (row.actor, row.target) == ("a researcher", job.id)


def test_the_same_idempotency_key_never_starts_a_job_twice(researcher: TestClient) -> None:
    first, again = (submit(researcher, **{"Idempotency-Key": "once"}) for _ in range(2))
    assert again.id == first.id
    other = SYNTH | {"params": SYNTH["params"] | {"patients": 21}}
    refused = researcher.post("/api/v1/jobs", json=other, headers={"Idempotency-Key": "once"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    waiting = SYNTH | {"after": [first.id]}
    refused = researcher.post("/api/v1/jobs", json=waiting, headers={"Idempotency-Key": "once"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert researcher.get("/api/v1/jobs").json()["total"] == 1


def test_what_a_request_names_and_is_not_there_is_a_404(client: TestClient, own: server.Filled) -> None:
    headers = server.bearer(client, "researcher")
    analyze = {"kind": "analyze", "cohort_id": own.cohort_id, "task": "pirads", "roi": "gland"}
    asked = [
        {"params": {"kind": "extract", "cohort_id": "none"}},
        {"params": analyze | {"pre_encoder_id": "none"}},
        {"params": analyze | {"ft_encoder_id": "none"}},
        {"params": {"kind": "selfcheck", "analysis_id": "none"}},
        {"params": {"kind": "compare", "analysis_ids": [own.analysis_id, "none"]}},
        SYNTH | {"after": ["none"]},
    ]
    for body in asked:
        answer = client.post("/api/v1/jobs", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), body
        assert client.post("/api/v1/jobs/plan", json=body, headers=headers).json()["refusal"] == answer.json()["detail"]
    impossible = {"params": analyze | {"roi": "lesion"}}
    assert client.post("/api/v1/jobs", json=impossible, headers=headers).status_code == 409


def test_a_plan_says_what_would_happen_and_starts_nothing(researcher: TestClient) -> None:
    plan = s.JobPlan.model_validate(researcher.post("/api/v1/jobs/plan", json=SYNTH).json())
    assert plan.sentences
    assert plan.refusal is None
    impossible = {"params": {"kind": "pretrain", "cohort_id": "none"}}
    assert s.JobPlan.model_validate(researcher.post("/api/v1/jobs/plan", json=impossible).json()).refusal
    assert researcher.get("/api/v1/jobs").json()["total"] == 0


def test_a_queued_job_is_cancelled_retried_and_logged(researcher: TestClient) -> None:
    job = submit(researcher)
    assert researcher.post(f"/api/v1/jobs/{job.id}/cancel").json()["state"] == "cancelled"
    assert researcher.post(f"/api/v1/jobs/{job.id}/cancel").status_code == 409
    assert researcher.post(f"/api/v1/jobs/{job.id}/retry").json()["state"] == "queued"
    lines = [s.JobLogLine.model_validate(line) for line in researcher.get(f"/api/v1/jobs/{job.id}/log").json()]
    assert lines[0].line == "Cancelled."
    later = researcher.get(f"/api/v1/jobs/{job.id}/log", params={"after": lines[0].id}).json()
    assert [line["id"] for line in later] == [line.id for line in lines[1:]]
    first = researcher.get(f"/api/v1/jobs/{job.id}/log", params={"limit": 1})
    assert [line["id"] for line in first.json()] == [lines[0].id]
    assert first.headers["link"] == '<?limit=1&cursor=1>; rel="next"'
    assert [line.split(",")[3] for line in researcher.get(f"/api/v1/jobs/{job.id}/log.csv").text.splitlines()] == [
        "line", *(line.line for line in lines)
    ]  # fmt: skip


def test_a_path_outside_the_import_roots_is_refused(researcher: TestClient) -> None:
    body = {"params": {"kind": "import_cases", "cohort": "a", "path": "/etc"}}
    answer = researcher.post("/api/v1/jobs", json=body)
    assert 400 <= answer.status_code < 500
    assert "/etc" not in answer.json()["detail"]


def test_a_path_that_cannot_be_followed_is_refused(researcher: TestClient, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    body = {"params": {"kind": "import_cases", "cohort": "a", "path": str(tmp_path / "a" / "sub")}}
    answer = researcher.post("/api/v1/jobs", json=body)
    assert 400 <= answer.status_code < 500
    assert "cannot be followed" in answer.json()["detail"]


def test_events_follow_a_job_to_its_end(researcher: TestClient) -> None:
    job = submit(researcher)

    def run() -> None:
        for step in range(1, 3):
            time.sleep(0.7)
            with database_of(researcher).write() as session:
                if step == 1:
                    queue.claim(session, "cpu", "test")
                queue.progress(session, job.id, "drawing", step, 2)
        with database_of(researcher).write() as session:
            transitions.finish(session, job.id, {"cohort_id": "c"})

    worker = threading.Thread(target=run)
    worker.start()
    with researcher.stream("GET", f"/api/v1/jobs/{job.id}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        seen = [s.Job.model_validate_json(line[5:]) for line in answer.iter_lines() if line.startswith("data:")]
    worker.join()
    assert [seen[0].state, seen[-1].state] == ["queued", "done"]
    assert all(before != after for before, after in pairwise(seen))
    assert researcher.get("/api/v1/jobs/none/events").status_code == 404

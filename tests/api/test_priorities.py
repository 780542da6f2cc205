"""Priorities over the API: whose job may be moved, by whom, and what a list says of it."""

from starlette.testclient import TestClient

from backend import models
from tests.api.links import database_of
from tests.api.test_notifications import as_user


def body(cohort: str, priority: str) -> dict[str, object]:
    return {"params": {"kind": "synth_tables", "cohort": cohort, "patients": 30}, "priority": priority}


def test_low_is_everybodys_and_high_is_an_administrators(client: TestClient) -> None:
    ann, chief = as_user(client, "ann", "researcher"), as_user(client, "chief", "admin")
    made = client.post("/api/v1/jobs", json=body("a", "low"), headers=ann)
    assert (made.status_code, made.json()["priority"]) == (202, "low")
    refused = client.post("/api/v1/jobs", json=body("b", "high"), headers=ann)
    assert (refused.status_code, refused.json()["detail"][:24]) == (403, "Only an administrator ma")
    assert client.post("/api/v1/jobs", json=body("b", "urgent"), headers=ann).status_code == 422
    high = client.post("/api/v1/jobs", json=body("b", "high"), headers=chief)
    assert (high.status_code, high.json()["priority"]) == (202, "high")
    plain = client.post("/api/v1/jobs", json={"params": body("c", "low")["params"]}, headers=ann)
    assert plain.json()["priority"] == "normal"


def test_a_chain_has_one_priority_and_the_same_rule(client: TestClient) -> None:
    ann = as_user(client, "ann", "researcher")
    steps = [{"name": n, "params": body(n, "low")["params"]} for n in "ab"]
    made = client.post("/api/v1/jobs/chain", json={"steps": steps, "priority": "low"}, headers=ann)
    assert [job["priority"] for job in made.json()] == ["low", "low"]
    refused = client.post("/api/v1/jobs/chain", json={"steps": steps, "priority": "high"}, headers=ann)
    assert refused.status_code == 403


def test_a_waiting_job_is_moved_by_its_user_or_an_administrator(client: TestClient) -> None:
    ann, ben = as_user(client, "ann", "researcher"), as_user(client, "ben", "researcher")
    chief = as_user(client, "chief", "admin")
    job = client.post("/api/v1/jobs", json=body("a", "normal"), headers=ann).json()["id"]
    path = f"/api/v1/jobs/{job}/priority"

    def change(priority: str, user: dict[str, str]) -> int:
        return client.post(path, json={"priority": priority}, headers=user).status_code

    assert [change("low", ben), change("high", ann), change("low", ann)] == [403, 403, 200]
    assert client.get(f"/api/v1/jobs/{job}", headers=ben).json()["priority"] == "low"
    assert change("high", chief) == 200
    assert client.get(f"/api/v1/jobs/{job}", headers=ben).json()["priority"] == "high"
    with database_of(client).write() as session:
        session.get_one(models.Job, job).state = "running"
    assert change("low", chief) == 409
    assert client.post("/api/v1/jobs/none/priority", json={"priority": "low"}, headers=chief).status_code == 404

"""Quotas over the API: for administrators alone, in the audit log, and in force at once."""

from starlette.testclient import TestClient

from backend import models
from tests.api.links import database_of
from tests.api.test_notifications import as_user


def test_an_administrator_limits_a_user_and_takes_it_back(client: TestClient) -> None:
    ann, chief = as_user(client, "ann", "researcher"), as_user(client, "chief", "admin")
    path = "/api/v1/quotas/user/ann"

    def submit(cohort: str) -> int:
        body = {"params": {"kind": "synth_tables", "cohort": cohort, "patients": 30}}
        return client.post("/api/v1/jobs", json=body, headers=ann).status_code

    assert client.put(path, json={"limit": 1}, headers=ann).status_code == 403
    assert client.put(path, json={"limit": 1}, headers=chief).status_code == 204
    assert [submit("a"), submit("b")] == [202, 409]
    listed = {(one["kind"], one["name"]): one for one in client.get("/api/v1/quotas", headers=chief).json()["items"]}
    assert listed["user", "ann"] == {
        "kind": "user", "id": "ann", "name": "ann", "limit": 1, "taken": 1, "own": True
    }  # fmt: skip
    assert listed["project", "default"]["limit"] is None
    assert "user,ann,ann,1,1,true" in client.get("/api/v1/quotas.csv", headers=chief).text
    assert client.delete(path, headers=chief).status_code == 204
    assert submit("b") == 202
    assert client.delete(path, headers=chief).status_code == 404
    assert client.put("/api/v1/quotas/user/nobody", json={"limit": 1}, headers=chief).status_code == 404
    assert client.put("/api/v1/quotas/group/ann", json={"limit": 1}, headers=chief).status_code == 422
    assert client.put(path, json={"limit": -1}, headers=chief).status_code == 422
    with database_of(client).read() as session:
        told = [(row.action, row.target) for row in session.query(models.Audit) if row.action.startswith("quota")]
    assert told == [("quota.set", "user ann"), ("quota.end", "user ann")]

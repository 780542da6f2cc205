"""Notifications and drafts over the API: each user sees their own, and a damaged row costs itself."""

import pytest
from starlette.testclient import TestClient

from backend import models
from backend.access import tokens
from shared import schemas as s
from tests.api import server
from tests.api.links import database_of
from tests.api.test_damaged_rows import damage


def as_user(client: TestClient, name: str, role: s.Role) -> dict[str, str]:
    with database_of(client).write() as session:
        token = tokens.create_token(session, tokens.get_or_add_user(session, name, role), "api")
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def told(client: TestClient) -> dict[str, str]:
    """A notification of ann, of ben, and of the command line: title -> id."""
    ann = as_user(client, "ann", "researcher")
    assert ann
    as_user(client, "ben", "viewer")
    found = {}
    with database_of(client).write() as session:
        job = models.Job(kind="extract", title="t", lane="cpu", params={}, position=900, state="done")
        session.add(job)
        session.flush()
        for by in ("ann", "ben", "command line"):
            fields = {"kind": "extract", "state": "done", "page": "jobs", "query": {"job": job.id}}
            row = models.Notification(job_id=job.id, by=by, title=f"of {by}", **fields)
            session.add(row)
            session.flush()
            found[by] = row.id
    return found


def titles(client: TestClient, user: dict[str, str], query: str = "") -> list[str]:
    answer = client.get(f"/api/v1/notifications{query}", headers=user)
    assert answer.status_code == 200, answer.text
    return sorted(one["title"] for one in answer.json()["items"] if one["title"].startswith("of "))


def test_one_sees_ones_own_and_an_admin_those_of_nobody(client: TestClient, told: dict[str, str]) -> None:
    assert titles(client, as_user(client, "ann", "researcher")) == ["of ann"]
    assert titles(client, as_user(client, "ben", "viewer")) == ["of ben"]
    assert titles(client, as_user(client, "chief", "admin")) == ["of command line"]


def test_what_is_read_is_read_for_its_owner_only(client: TestClient, told: dict[str, str]) -> None:
    ann, ben = as_user(client, "ann", "researcher"), as_user(client, "ben", "viewer")
    read = {"ids": [told["ann"], told["ben"]]}
    assert client.post("/api/v1/notifications/read", json=read, headers=ben).status_code == 204
    assert titles(client, ben, "?unread=true") == []
    assert titles(client, ben) == ["of ben"]
    assert titles(client, ann, "?unread=true") == ["of ann"]
    assert client.post("/api/v1/notifications/read", json={}, headers=ann).status_code == 204
    assert titles(client, ann, "?unread=true") == []
    assert client.get("/api/v1/notifications").status_code == 401


def test_a_damaged_notification_is_named_and_the_others_can_be_read(
    client: TestClient, own: server.Filled, told: dict[str, str]
) -> None:
    ann = as_user(client, "ann", "researcher")
    with database_of(client).write() as session:
        row = session.get_one(models.Notification, told["ann"])
        fields = {"kind": "x", "title": "of two", "state": "done", "page": "jobs", "query": {}}
        session.add(models.Notification(job_id=row.job_id, by="ann", **fields))
    damage(own, "UPDATE notifications SET title = 'other' WHERE id = ?", told["ann"])
    answer = client.get("/api/v1/notifications", headers=ann).json()
    assert [one["id"] for one in answer["unreadable"]] == [told["ann"]]
    assert client.post("/api/v1/notifications/read", json={}, headers=ann).status_code == 204
    assert titles(client, ann, "?unread=true") == []


def test_a_draft_is_its_users_and_is_replaced_whole(client: TestClient, own: server.Filled) -> None:
    ann, ben = as_user(client, "ann", "researcher"), as_user(client, "ben", "viewer")
    path = "/api/v1/drafts/tables"
    assert client.get(path, headers=ann).status_code == 404
    assert client.put(path, json={"fields": {"folds": 5, "files": ["a"]}}, headers=ann).status_code == 204
    assert client.put(path, json={"fields": {"folds": 6}}, headers=ann).status_code == 204
    assert client.get(path, headers=ann).json()["fields"] == {"folds": 6}
    assert client.get(path, headers=ben).status_code == 404
    damage(own, "UPDATE drafts SET fields = '{}' WHERE name = ?", "tables")
    assert client.get(path, headers=ann).status_code == 500
    assert client.put(path, json={"fields": {}}, headers=ann).status_code == 204
    assert client.get(path, headers=ann).json()["fields"] == {}
    assert client.delete(path, headers=ann).status_code == 204
    assert client.get(path, headers=ann).status_code == 404
    for name, body in (("tables", {"fields": {"x": "y" * 70000}}), ("Bad Name", {"fields": {}}), ("tables", {})):
        assert client.put(f"/api/v1/drafts/{name}", json=body, headers=ann).status_code == 422


def test_a_user_has_so_many_drafts(client: TestClient) -> None:
    ben = as_user(client, "ben", "viewer")
    codes = [client.put(f"/api/v1/drafts/d{n}", json={"fields": {}}, headers=ben).status_code for n in range(61)]
    assert codes == [204] * 60 + [409]
    assert client.put("/api/v1/drafts/d0", json={"fields": {"a": 1}}, headers=ben).status_code == 204


MAIL = {"smtp_host": "127.0.0.1", "smtp_security": "none", "mail_from": "a@b.example", "mail_domains": ["b.example"]}


def test_each_user_chooses_their_own_mails_and_where_to_within_the_domains(own: server.Filled) -> None:
    path = "/api/v1/notifications/mail"
    with server.running(own.folder, **MAIL) as client:
        ann, ben = as_user(client, "ann", "researcher"), as_user(client, "ben", "viewer")
        nothing = {"possible": True, "domains": ["b.example"], "about": "none", "address": None}
        assert client.get(path, headers=ann).json() == nothing
        chosen = {"about": "failed", "address": "ann@B.example"}
        assert client.put(path, json=chosen, headers=ann).json() == nothing | chosen
        assert client.get(path, headers=ann).json() == nothing | chosen
        assert client.get(path, headers=ben).json() == nothing
        elsewhere = client.put(path, json={"about": "all", "address": "ann@c.example"}, headers=ann)
        assert (elsewhere.status_code, "addresses of b.example only" in elsewhere.json()["detail"]) == (422, True)
        assert client.get(path, headers=ann).json() == nothing | chosen  # as before
        for wrong in (
            "x",
            "a@b.example\nBcc: c@d",
            "a b@b.example",
            "a@b.example,c@d.example",
            "<a@b.example>",
            "@b",
            None,
        ):
            assert client.put(path, json={"about": "all", "address": wrong}, headers=ann).status_code == 422
        damage(own, "UPDATE mail_choices SET about = 'all' WHERE \"by\" = ?", "ann")
        assert client.get(path, headers=ann).status_code == 500
        assert client.put(path, json={"about": "none"}, headers=ann).json() == nothing
        assert client.get(path).status_code == 401


def test_a_server_without_a_mail_server_says_so(client: TestClient) -> None:
    ann = as_user(client, "ann", "researcher")
    assert client.get("/api/v1/notifications/mail", headers=ann).json()["possible"] is False
    asked = {"about": "all", "address": "a@b.example"}
    assert client.put("/api/v1/notifications/mail", json=asked, headers=ann).status_code == 409
    assert client.put("/api/v1/notifications/mail", json={"about": "none"}, headers=ann).status_code == 200

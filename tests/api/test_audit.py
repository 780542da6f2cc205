"""The audit log over the API: who may read it, what is written into it, and its chain."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update
from starlette.testclient import TestClient

from backend.access import tokens
from backend.app import create_app
from backend.models import Audit, Job
from backend.storage.audit_check import verify_log
from backend.storage.database import Database
from backend.web.authorization import authorization_matrix
from shared import schemas as s
from shared.client import ApiError, Client
from tests.api import server
from tests.api.links import database_of, make, open_link, token_of

MATRIX = authorization_matrix(create_app(server.settings_of(Path("unused"))))
UNRECORDED = {
    ("POST", "/api/v1/jobs/plan"): "says what a job would do, and stores nothing",
    ("POST", "/api/v1/jobs/chain/plan"): "the same of several",
    ("POST", "/api/v1/notifications/read"): "a mark on one's own list",
    ("PUT", "/api/v1/drafts/{name}"): "a form of one's own as it is typed; what it becomes is recorded",
    ("DELETE", "/api/v1/drafts/{name}"): "the same",
    ("POST", "/api/v1/shares/drafts"): "a preview in memory, its maker's alone",
    ("PUT", "/api/v1/shares/drafts/{draft}"): "the same",
    ("PUT", "/api/v1/notifications/mail"): "recorded, but refused where no mail server is set",
    ("POST", "/api/v1/imports/preview"): "looks at a folder, and stores nothing",
    ("POST", "/api/v1/imports/tables/check"): "the same of tables",
    ("PATCH", "/api/v1/uploads/{upload_id}"): "the parts of a file whose beginning is recorded",
}
"""Writes without a row in the audit log, and why."""


def actions(client: TestClient) -> list[tuple[str, str, str]]:
    with database_of(client).read() as session:
        found = session.execute(select(Audit.actor, Audit.action, Audit.target).order_by(Audit.id))
        return [(actor, action, target) for actor, action, target in found]


def count(client: TestClient) -> int:
    with database_of(client).read() as session:
        return session.scalar(select(func.count()).select_from(Audit)) or 0


def test_only_an_administrator_reads_the_log(empty: TestClient) -> None:
    for path in ("audit", "audit.csv", "audit/anchor", "audit/check"):
        codes = [empty.get(f"/api/v1/{path}", headers=server.bearer(empty, role)).status_code for role in server.ROLES]
        assert codes == [403, 403, 200], path


def test_the_log_is_a_list_like_every_other(empty: TestClient) -> None:
    header = server.bearer(empty, "admin")
    for n in range(5):
        empty.post("/api/v1/stars", json={"analysis_id": "x"}, headers=header)  # refused: nothing happened
        with database_of(empty).write() as session:
            tokens.create_user_token(session, f"user {n}", "viewer", "login")
    first = empty.get("/api/v1/audit?limit=2", headers=header).json()
    assert (first["total"], [row["target"] for row in first["items"]]) == (5, ["user 4", "user 3"])
    second = empty.get(f"/api/v1/audit?limit=2&cursor={first['next_cursor']}", headers=header).json()
    assert [row["target"] for row in second["items"]] == ["user 2", "user 1"]
    assert first["items"][1]["previous_hash"] == second["items"][0]["row_hash"]
    table = empty.get("/api/v1/audit.csv?actor=owner", headers=header).text.splitlines()
    assert table[0] == "id,at,actor,action,target,detail,previous_hash,row_hash"
    assert len(table) == 6
    later = datetime.now(UTC) + timedelta(hours=1)
    for query, number in (("action=token.", 5), ("action=to%25", 0), ("target=user 3", 1), ("actor=anna", 0)):
        assert empty.get(f"/api/v1/audit?{query}", headers=header).json()["total"] == number, query
    for query, number in ((f"since={later:%Y-%m-%dT%H:%M:%SZ}", 0), (f"until={later:%Y-%m-%d %H:%M}", 6)):
        assert empty.get(f"/api/v1/audit?{query}", headers=header).json()["total"] == number, query


def test_failed_sign_ins_leave_rows_up_to_a_limit(empty: TestClient) -> None:
    for _ in range(40):
        empty.post("/api/v1/session", json={"token": "x" * 43})
    with database_of(empty).read() as session:
        rows = session.scalars(select(Audit).order_by(Audit.id)).all()
    assert {(row.actor, row.action) for row in rows} == {("nobody", "session.refused")}
    assert [row.detail["why"] for row in rows] == ["not-signed-in"] * 10 + ["too-many"] * 10
    assert {row.detail["address"] for row in rows} == {"testclient"}
    stored = b"".join(path.read_bytes() for path in empty.app.state.settings.data_dir.glob("radiomiclens*"))  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    assert b"x" * 43 not in stored


def test_uses_of_a_link_and_failed_ones_are_recorded(client: TestClient, own: server.Filled) -> None:
    link = make(client, own)
    browser = TestClient(client.app, base_url=server.ORIGIN)
    open_link(browser, link)
    browser.get("/api/v1/shared")
    browser.post("/api/v1/shares/open", json={"token": "x" * 43})
    with database_of(client).read() as session:
        found = [row.action for row in session.scalars(select(Audit).order_by(Audit.id)) if "share." in row.action]
        secrets = [str(row.detail) + row.target for row in session.scalars(select(Audit))]
    assert found == ["share.create", "share.open", "share.view", "share.refused"]
    assert not any(token_of(link) in one for one in secrets)


def test_every_route_that_writes_leaves_a_row(client: TestClient, own: server.Filled) -> None:
    """A write of each kind that succeeds; the routes without a row are listed with their reasons."""
    header = server.bearer(client, "admin")
    server.bearer(client, "viewer")  # somebody whom a limit can be set for
    cohort, analysis = f"{own.cohort_id}", own.analysis_id
    case = client.get(f"/api/v1/cohorts/{cohort}/cases?limit=1", headers=header).json()["items"][0]["id"]
    extract = {"kind": "extract", "cohort_id": cohort}
    written: dict[tuple[str, str], int] = {}

    def write(method: str, template: str, body: object = None, **ids: str) -> dict[str, str]:
        before = count(client)
        path = f"/api/v1{template.format(**ids)}"
        answer = client.request(method, path, json=body, headers=header)
        assert answer.status_code < 300, (path, answer.text)
        written[method, f"/api/v1{template}"] = count(client) - before
        return answer.json() if answer.content else {}

    job = write("POST", "/jobs", {"params": extract})["id"]
    write("POST", "/jobs/{job_id}/cancel", job_id=job)
    write("POST", "/jobs/{job_id}/retry", job_id=job)
    write("POST", "/jobs/{job_id}/priority", {"priority": "low"}, job_id=job)
    write("POST", "/jobs/chain", {"steps": [{"name": "x", "params": {"kind": "pretrain", "cohort_id": cohort}}]})
    note = write("POST", "/notes", {"analysis_id": analysis, "text": "x"})["id"]
    write("DELETE", "/notes/{note_id}", note_id=note)
    star = write("POST", "/stars", {"analysis_id": analysis})["id"]
    write("DELETE", "/stars/{star_id}", star_id=star)
    view = write("POST", "/saved-views", {"name": "x", "page": "map"})["id"]
    write("DELETE", "/saved-views/{view_id}", view_id=view)
    write("POST", "/cases/{case_id}/decisions", {"decision": "exclude", "note": "x"}, case_id=case)
    share = write("POST", "/shares", {"analysis_id": analysis})["id"]
    write("POST", "/shares/{share_id}/extend", {"days": 3}, share_id=share)
    write("POST", "/shares/{share_id}/revoke", share_id=share)
    with database_of(client).write() as session:  # as an older analysis, whose self-check was never queued
        session.execute(update(Job).where(Job.kind == "selfcheck").values(kind="compare"))
    write("POST", "/analyses/{analysis_id}/power", analysis_id=analysis)
    project = write("POST", "/projects", {"name": "x"})["id"]
    member = {"project_id": project, "name": "a admin"}
    write("PUT", "/projects/{project_id}/members/{name}", {"role": "viewer"}, **member)
    write("DELETE", "/projects/{project_id}/members/{name}", **member)
    write("DELETE", "/projects/{project_id}", project_id=project)
    write("PUT", "/quotas/{kind}/{name}", {"limit": 3}, kind="user", name="a viewer")
    write("DELETE", "/quotas/{kind}/{name}", kind="user", name="a viewer")
    writes = {(rule.method, rule.path) for rule in MATRIX if rule.method not in ("GET", "HEAD", "OPTIONS")}
    elsewhere = {("POST", "/api/v1/session"), ("DELETE", "/api/v1/session"), ("POST", "/api/v1/shares/open")}
    elsewhere |= {("POST", "/api/v1/uploads"), ("DELETE", "/api/v1/uploads/{upload_id}")}
    accounts = ("/api/v1/users", "/api/v1/account/", "/api/v1/session/")  # tests/api/test_accounts.py
    elsewhere |= {(method, path) for method, path in writes if path.startswith(accounts)}
    assert {name: rows for name, rows in written.items() if rows != 1} == {}
    assert writes - set(written) - elsewhere == set(UNRECORDED)
    assert verify_log(database_of(client)).problems == []


def test_files_taken_away_leave_a_row_and_refused_ones_none(client: TestClient, own: server.Filled) -> None:
    header = server.bearer(client, "viewer")
    cohort, analysis = own.cohort_id, own.analysis_id
    case = client.get(f"/api/v1/cohorts/{cohort}/cases?limit=1", headers=header).json()["items"][0]["id"]
    feature = client.get(f"/api/v1/analyses/{analysis}/ranking?limit=1", headers=header).json()["items"][0]["feature"]
    figure = client.get(f"/api/v1/analyses/{analysis}/figures", headers=header).json()[0]["name"]
    asked = {
        f"cohorts/{cohort}/cases.csv": cohort,
        f"analyses/{analysis}/ranking.csv": analysis,
        f"analyses/{analysis}.csv": analysis,
        f"analyses/{analysis}/evidence/{feature}.csv": analysis,
        f"analyses/{analysis}/map.csv": analysis,
        f"analyses/{analysis}/figures/{figure}.svg": analysis,
        f"cases/{case}/masks/gland.dcm": case,
        f"cases/{case}/volumes/T2": case,
        f"cases/{case}/masks/gland": case,
        "jobs.csv": "",
    }
    for path, target in asked.items():
        before = count(client)
        answer = client.get(f"/api/v1/{path}", headers=header)
        assert answer.status_code == 200, answer.text
        assert count(client) == before + 1, path
        assert actions(client)[-1] == ("a viewer", "export", target)
    before = count(client)
    for path in (f"cohorts/{cohort}/cases", "cohorts/x/cases.csv", "audit.csv", f"cases/{case}/slice.png"):
        client.get(f"/api/v1/{path}", headers=header)
    client.get(f"/api/v1/cohorts/{cohort}/cases.csv")
    assert count(client) == before
    tables = {rule.path for rule in MATRIX if rule.method == "GET" and rule.path.rsplit("/", 1)[1].partition(".")[2]}
    assert len(tables) >= 30


def test_the_chain_is_checked_over_the_api(empty: TestClient) -> None:
    header = server.bearer(empty, "admin")
    with Client(server.ORIGIN, header["Authorization"].split()[1]) as client:
        client._http = empty  # type: ignore[assignment]  # the same calls, without a socket
        empty.headers.update(header)
        empty.base_url = empty.base_url.join("/api/v1")  # type: ignore[has-type]
        with database_of(empty).write() as session:
            tokens.create_user_token(session, "anna", "viewer", "login")
        anchor = client.audit_anchor()
        assert client.audit_check([anchor]) == s.AuditCheck(rows=1, anchor=anchor, problems=[])
        assert [entry.target for entry in client.audit(action="token.").items] == ["anna"]
        with database_of(empty).write() as session:
            session.execute(text("UPDATE audit SET actor = 'ben'"))
        assert client.audit_check().problems == ["Row 1 of the audit log was changed."]
        with pytest.raises(ApiError, match="An anchor is a number"):
            client.audit_check(["x"])


def test_a_row_that_cannot_be_read_is_named(empty: TestClient) -> None:
    database: Database = database_of(empty)
    header = server.bearer(empty, "admin")
    with database.write() as session:
        tokens.create_user_token(session, "anna", "viewer", "login")
        tokens.create_user_token(session, "ben", "viewer", "login")
    with database.write() as session:
        session.execute(text("UPDATE audit SET at = 'yesterday' WHERE id = 1"))
    page = empty.get("/api/v1/audit", headers=header).json()
    assert [row["target"] for row in page["items"]] == ["ben"]
    assert [row["id"] for row in page["unreadable"]] == ["1"]

"""What a sign-in made possible ends with it: signed pictures, open event streams; keys belong to their user."""

import threading
import time

import httpx
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.access import tokens
from backend.models import Case
from shared import schemas as s
from tests.api import server
from tests.api.links import database_of

SYNTH = {"params": {"kind": "synth_tables", "cohort": "keys", "patients": 20}}


def withdraw(client: TestClient, header: dict[str, str]) -> None:
    with database_of(client).write() as session:
        tokens.revoke(session, header["Authorization"].split()[1])


def signed_picture(client: TestClient, header: dict[str, str]) -> str:
    with database_of(client).read() as session:
        case_id = session.scalars(select(Case.id).limit(1)).one()
    detail = s.CaseDetail.model_validate(client.get(f"/api/v1/cases/{case_id}", headers=header).json())
    return f"/api/v1/images/{detail.signed}/T2"


def test_signed_pictures_end_with_the_sign_in_they_were_made_for(client: TestClient) -> None:
    mine, others = server.bearer(client, "viewer"), server.bearer(client, "researcher")
    picture, theirs = signed_picture(client, mine), signed_picture(client, others)
    assert picture != theirs
    assert [client.get(address).status_code for address in (picture, theirs)] == [200, 200]
    withdraw(client, mine)
    assert [client.get(address).status_code for address in (picture, theirs)] == [401, 200]


def test_an_open_event_stream_ends_with_its_sign_in(empty: TestClient) -> None:
    header = server.bearer(empty, "researcher")
    job = empty.post("/api/v1/jobs", json=SYNTH, headers=header).json()
    timer = threading.Timer(5.0, withdraw, (empty, header))  # the stream stands open by then, also on a busy machine
    timer.start()
    began = time.monotonic()
    with empty.stream("GET", f"/api/v1/jobs/{job['id']}/events", headers=header) as answer:
        seen = [line for line in answer.iter_lines() if line.startswith("data:")]
    timer.join()
    assert len(seen) == 1, "the job stays queued; the stream ended because its reader was signed out"
    assert time.monotonic() - began < 30


def keyed(client: TestClient, role: s.Role, patients: int) -> httpx.Response:
    body = SYNTH | {"params": SYNTH["params"] | {"patients": patients, "cohort": f"of {role}"}}
    return client.post("/api/v1/jobs", json=body, headers=server.bearer(client, role) | {"Idempotency-Key": "once"})


def test_the_same_idempotency_key_of_two_users_is_two_jobs(empty: TestClient) -> None:
    first, other = keyed(empty, "researcher", 20), keyed(empty, "admin", 21)
    assert (first.status_code, other.status_code) == (202, 202)
    assert first.json()["id"] != other.json()["id"]
    assert keyed(empty, "researcher", 20).json()["id"] == first.json()["id"]

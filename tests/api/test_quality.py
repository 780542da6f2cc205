"""Decisions about cases and the quality report, through the real API."""

from starlette.testclient import TestClient

from tests.api import server

API = "/api/v1"


def first_case(client: TestClient, cohort_id: str) -> dict[str, object]:
    found: dict[str, object] = client.get(f"{API}/cohorts/{cohort_id}/cases").json()["items"][0]
    return found


def test_a_decision_counts_for_later_jobs_and_says_who_took_it(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "researcher"))
    case = first_case(client, own.cohort_id)
    where = f"{API}/cases/{case['id']}/decisions"
    before = client.get(f"{API}/cohorts/{own.cohort_id}/quality").json()
    excluded = client.post(where, json={"decision": "exclude", "note": "mirrored mask"}).json()
    assert (excluded["status"], excluded["review"], excluded["reviewed_by"]) == ("excluded", "excluded", "a researcher")
    after = client.get(f"{API}/cohorts/{own.cohort_id}/quality").json()
    assert (after["accepted"], after["excluded"]) == (before["accepted"] - 1, 1)
    reopened = client.post(where, json={"decision": "reopen"}).json()
    assert (reopened["status"], reopened["review"], reopened["reviewed_at"]) == ("accepted", "unseen", None)
    assert client.post(where, json={"decision": "approve"}).json()["review"] == "approved"
    listed = client.get(f"{API}/cohorts/{own.cohort_id}/decisions").json()["items"]
    assert [(each["decision"], each["note"]) for each in listed] == [
        ("approve", ""),
        ("reopen", ""),
        ("exclude", "mirrored mask"),
    ]
    assert all(each["study_id"] == case["study_id"] for each in listed)


def test_viewers_read_the_report_and_decide_nothing(client: TestClient, own: server.Filled) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    case = first_case(client, own.cohort_id)
    refused = client.post(f"{API}/cases/{case['id']}/decisions", json={"decision": "exclude"})
    assert refused.status_code == 403
    assert client.get(f"{API}/cohorts/{own.cohort_id}/quality").status_code == 200


def test_report_rows_are_filtered_and_exported(reader: TestClient, filled: server.Filled) -> None:
    where = f"{API}/cohorts/{filled.cohort_id}/quality/cases"
    everything = reader.get(where).json()
    assert everything["total"] == len(everything["items"])
    assert everything["items"][0]["spacing_mm"] == "1 x 1 x 3"
    assert reader.get(where, params={"status": "rejected"}).json()["items"] == []
    assert reader.get(where, params={"code": "zeros_in_adc"}).json()["items"] == []
    lines = reader.get(f"{where}.csv").text.splitlines()
    assert lines[0].startswith("case_id,study_id,patient_id,status,code,reason,remedy,warnings,review")
    assert len(lines) == everything["total"] + 1


def test_an_unknown_cohort_or_case_is_not_found(client: TestClient) -> None:
    client.headers.update(server.bearer(client, "researcher"))
    assert client.get(f"{API}/cohorts/none/quality").status_code == 404
    assert client.get(f"{API}/cohorts/none/quality/cases").status_code == 404
    assert client.post(f"{API}/cases/none/decisions", json={"decision": "exclude"}).status_code == 404

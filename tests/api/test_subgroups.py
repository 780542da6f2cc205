"""Subgroups over HTTP: the answer, its refusals, and who may ask."""

from starlette.testclient import TestClient

from shared import schemas as s
from tests.api import server
from tests.api.reads import get


def test_a_subgroup_is_counted_and_named(reader: TestClient, filled: server.Filled) -> None:
    listed = s.Page[s.Case].model_validate(get(reader, f"/cohorts/{filled.cohort_id}/cases", limit=200)).items
    path = f"/cohorts/{filled.cohort_id}/subgroup"
    found = s.Subgroup.model_validate(get(reader, path, where="pirads>=4"))
    expected = [case for case in listed if case.pirads in (4, 5)]
    patients = len({case.patient_id for case in expected})
    assert found.case_ids == [case.id for case in expected]
    assert 0 < found.n_patients == patients < found.n_patients_all == 60
    assert found.sentence.startswith(f"{patients} of 60 patients (")
    assert found.sentence.endswith("): PI-RADS at least 4.")
    everybody = s.Subgroup.model_validate(get(reader, path))
    assert (everybody.n_cases, everybody.where) == (len(listed), None)


def test_refusals_are_one_sentence(reader: TestClient, filled: server.Filled) -> None:
    for where, sentence in {
        "grade=3": "This cohort has no column 'grade'; conditions can name pirads",
        "pirads=high": "pirads holds numbers from 2 to 5; 'high' is none.",
        "pirads": "pirads says nothing of its value",
    }.items():
        answer = reader.get(f"/api/v1/cohorts/{filled.cohort_id}/subgroup", params={"where": where})
        assert (answer.status_code, sentence in answer.json()["detail"]) == (422, True), answer.text
    assert reader.get("/api/v1/cohorts/none/subgroup").status_code == 404
    assert reader.get(f"/api/v1/cohorts/{filled.cohort_id}/subgroup", params={"wher": "a=1"}).status_code == 422


def test_nobody_reads_it_without_a_sign_in(client: TestClient, own: server.Filled) -> None:
    assert client.get(f"/api/v1/cohorts/{own.cohort_id}/subgroup").status_code == 401

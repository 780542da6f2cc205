"""The list of cases by clinical columns over HTTP: filtered, refused with the columns there are; and targets."""

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.models import Case
from backend.storage.database import Database
from tests.api import server


@pytest.fixture
def studies(client: TestClient, own: server.Filled) -> list[str]:
    """Accepted studies, the first with a stage of its own."""
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        rows = session.scalars(
            select(Case).where(Case.cohort_id == own.cohort_id, Case.status == "accepted").order_by(Case.study_id)
        ).all()
        for n, row in enumerate(rows):
            row.clinical = row.clinical | {"stage": "II" if n else "I", "months": 10 * n}
        found = [row.study_id for row in rows]
    database.close()
    client.headers.update(server.bearer(client, "viewer"))
    return found


def test_cases_are_listed_by_a_cell_and_a_range(client: TestClient, own: server.Filled, studies: list[str]) -> None:
    def listed(*asked: str) -> list[str]:
        answer = client.get(f"/api/v1/cohorts/{own.cohort_id}/cases", params={"clinical": list(asked), "limit": 200})
        assert answer.status_code == 200, answer.text
        return [case["study_id"] for case in answer.json()["items"]]

    assert listed("stage:I") == studies[:1]
    assert listed("STAGE:ii") == studies[1:]
    assert listed("stage:II", "months:0..10") == studies[1:2]
    table = client.get(f"/api/v1/cohorts/{own.cohort_id}/cases.csv", params={"clinical": "stage:I"})
    assert len(table.text.strip().splitlines()) == 2


def test_unknown_columns_are_refused_and_known_ones_listed(
    client: TestClient, own: server.Filled, studies: list[str]
) -> None:
    answer = client.get(f"/api/v1/cohorts/{own.cohort_id}/cases", params={"clinical": "grade:2"})
    assert answer.status_code == 422
    assert "There is no clinical column 'grade'; there is " in answer.json()["detail"]
    columns = {one["name"]: one for one in client.get(f"/api/v1/cohorts/{own.cohort_id}/clinical").json()}
    assert (columns["stage"]["kind"], columns["stage"]["values"]) == ("class", ["I", "II"])
    assert (columns["months"]["low"], columns["months"]["high"]) == (0, 10 * (len(studies) - 1))


def test_a_case_has_its_targets_and_volumes(client: TestClient, own: server.Filled, studies: list[str]) -> None:
    (case,) = client.get(f"/api/v1/cohorts/{own.cohort_id}/cases", params={"clinical": "stage:I"}).json()["items"]
    volumes = {name: case[f"{name}_ml"] for name in ("gland", "lesion") if case[f"{name}_ml"] is not None}
    assert case["volumes_ml"] == volumes
    assert set(case["targets"]) <= {"pirads", "volume"}
    if case["pirads"] is not None:
        assert case["targets"]["pirads"] == {1: "1-2", 2: "1-2"}.get(case["pirads"], str(case["pirads"]))

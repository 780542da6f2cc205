"""Runs and controls over the API: what an encoder is among its recipe's, and how many may be asked for."""

import pytest
from starlette.testclient import TestClient

from backend.models import Encoder
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server
from tests.api.reads import get, rows


def test_encoders_say_which_run_or_control_they_are(client: TestClient, own: server.Filled) -> None:
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        fields = {"cohort_id": own.cohort_id, "name": "tuned", "arch": "a", "sha256": "0", "stage": "ft"}
        session.add(Encoder(id="first", recipe_id="first", run_number=0, cache_key="1", **fields))
        session.flush()
        session.add(Encoder(id="second", recipe_id="first", run_number=1, cache_key="2", **fields))
        control = {"control": "shuffled_labels", "run_number": 0}
        session.add(Encoder(id="control", recipe_id="first", cache_key="3", **fields, **control))
    database.close()
    client.headers.update(server.bearer(client, "viewer"))
    listed = s.Page[s.Encoder].model_validate(get(client, "/encoders", cohort_id=own.cohort_id)).items
    found = {one.id: (one.recipe_id, one.run_number, one.control) for one in listed if one.name == "tuned"}
    assert found == {
        "first": ("first", 0, None),
        "second": ("first", 1, None),
        "control": ("first", 0, "shuffled_labels"),
    }
    assert {one.recipe_id for one in listed if one.name != "tuned"} == {None}
    table = {row["id"]: row for row in rows(client.get("/api/v1/encoders.csv").text)}
    assert (table["control"]["control"], table["second"]["run_number"]) == ("shuffled_labels", "1")


@pytest.mark.parametrize("asked", [{"seeds": 0}, {"seeds": 21}, {"shuffle_labels": -1}, {"shuffle_labels": 21}])
def test_a_request_for_too_many_is_refused(client: TestClient, own: server.Filled, asked: dict[str, int]) -> None:
    client.headers.update(server.bearer(client, "researcher"))
    params = {"kind": "finetune", "cohort_id": own.cohort_id, "task": "pirads"} | asked
    answer = client.post("/api/v1/jobs/plan", json={"params": params})
    assert answer.status_code == 422
    assert next(iter(asked)) in answer.text

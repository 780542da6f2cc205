"""What the tests of reading ask again and again."""

import csv
import io

from starlette.testclient import TestClient

from shared import schemas as s
from tests.api import server


def get(client: TestClient, path: str, **params: object) -> object:
    answer = client.get(f"/api/v1{path}", params={k: v for k, v in params.items() if v is not None})
    assert answer.status_code == 200, answer.text
    return answer.json()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def a_case(reader: TestClient, filled: server.Filled) -> s.Case:
    page = s.Page[s.Case].model_validate(get(reader, f"/cohorts/{filled.cohort_id}/cases", limit=1))
    return page.items[0]

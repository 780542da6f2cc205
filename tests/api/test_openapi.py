"""The committed description of the API is the one the code gives."""

import json
from pathlib import Path

from backend import app
from backend.cli.openapi import description

COMMITTED = Path(app.__file__).parent / "openapi.json"


def test_the_committed_description_is_up_to_date() -> None:
    assert json.loads(COMMITTED.read_text("utf-8")) == json.loads(json.dumps(description())), (
        "the API changed: run `make openapi`, and say so in CHANGELOG.md"
    )


def test_every_operation_has_a_name_of_its_own_a_summary_and_problem_answers() -> None:
    operations = [operation for methods in description()["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"]
        answers = operation["responses"]["default"]["content"]["application/problem+json"]
        assert answers["schema"]["$ref"].endswith("/Problem")

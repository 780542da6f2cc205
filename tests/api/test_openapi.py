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


def _named(schema: object, defs: dict[str, object]) -> set[str]:
    """The names of all schemas that one refers to, however deep."""
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                waiting.append(defs[name])
            waiting += part.values()
    return found


def test_every_text_of_a_request_has_a_limit() -> None:
    """Without a limit pydantic lets lone surrogates through, and the database fails on them."""
    told = description()
    defs = told["components"]["schemas"]
    bodies = [o.get("requestBody") for methods in told["paths"].values() for o in methods.values()]
    unlimited = []
    for name in _named(bodies, defs):
        for field, given in defs[name].get("properties", {}).items():
            kinds = [given, given.get("items", {}), *given.get("anyOf", [])]
            texts = [kind for kind in kinds if kind.get("type") == "string" and not {"enum", "const"} & set(kind)]
            unlimited += [f"{name}.{field}" for text in texts if "maxLength" not in text]
    assert {"FinetuneParams", "ShareCreate", "DecisionCreate"} <= _named(bodies, defs)
    # a token or passphrase of any length is answered alike; see test_shares.py
    assert sorted(unlimited) == ["ShareOpen.passphrase", "ShareOpen.token"]

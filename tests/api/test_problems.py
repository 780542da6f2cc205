"""Whatever goes wrong is one problem document: a sentence, no traceback, no path, no echo of what was sent."""

import json
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from backend.app import create_app
from backend.errors import Damaged
from backend.web.authorization import PUBLIC
from shared import schemas as s
from tests.api import server

HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}


@pytest.fixture
def researcher(empty: TestClient) -> TestClient:
    empty.headers.update(server.bearer(empty, "researcher"))
    return empty


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/api/v1/cohorts/none", 404),
        ("PUT", "/api/v1/cohorts", 405),
        ("GET", "/api/v1/cohorts?limit=0", 422),
        ("GET", "/api/v1/cohorts?cursor=-1", 422),
        ("GET", "/api/v1/jobs/none/log?after=9223372036854775808", 422),
        ("GET", "/api/v1/cases/none/volumes/P.T", 422),
        ("POST", "/api/v1/jobs", 422),
    ],
)
def test_every_error_is_a_problem_document(researcher: TestClient, method: str, path: str, status: int) -> None:
    answer = researcher.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = s.Problem.model_validate(answer.json())
    assert problem.status == status
    assert problem.detail.endswith(".")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_a_wrong_method_is_told_all_the_right_ones(researcher: TestClient) -> None:
    for path, allowed in (("jobs", "GET, POST"), ("session", "DELETE, POST"), ("jobs/a/retry", "POST"), ("me", "GET")):
        answer = researcher.put(f"/api/v1/{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_a_wrong_value_is_named_but_not_echoed(researcher: TestClient) -> None:
    body = {"params": {"kind": "synth", "cohort": "x", "cases": "CANARY"}, "more": 1}
    answer = researcher.post("/api/v1/jobs", json=body)
    problem = s.Problem.model_validate(answer.json())
    assert {error["field"] for error in problem.errors} == {"params.synth.cases", "more"}
    assert "CANARY" not in answer.text


DEEP = "[" * 5000 + "]" * 5000
HOSTILE = {
    "not json": b"{",
    "nan": b'{"params":{"kind":"synth","cohort":"a","cases":NaN}}',
    "huge number": b'{"params":{"kind":"synth","cohort":"a","cases":1e999}}',
    "lone surrogate": b'{"params":{"kind":"synth","cohort":"\\ud800"}}',
    "surrogate key": b'{"params":{"kind":"synth","cohort":"a"},"\\udfff":1}',
    "deep": f'{{"params":{DEEP}}}'.encode(),
    "not utf-8": b'{"params":"\xff"}',
    "wrong kind": b'{"params":{"kind":"erase"}}',
    "a list": b"[]",
    "null": b"null",
    "nul in a path": b'{"params":{"kind":"import_cases","cohort":"a","path":"a\\u0000b"}}',
    "a path outside": b'{"params":{"kind":"import_cases","cohort":"a","path":"/etc"}}',
}


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bodies_are_refused_with_4xx(researcher: TestClient, payload: bytes) -> None:
    answer = researcher.post("/api/v1/jobs", content=payload, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    s.Problem.model_validate(answer.json())


LONE = "\ud800"
PARAMS: list[dict[str, object]] = [
    {"kind": "extract", "cohort_id": LONE},
    {"kind": "synth_tables", "cohort": "a", "scenario": LONE},
    {"kind": "import_encoder", "cohort_id": "a", "path": "a", "parent_id": LONE},
    {"kind": "pretrain", "cohort_id": "a", "arch": LONE},
    {"kind": "finetune", "cohort_id": "a", "task": "pirads", "encoder_id": LONE},
    {"kind": "analyze", "cohort_id": "a", "task": LONE, "roi": "gland"},
    {"kind": "analyze", "cohort_id": "a", "task": "a", "roi": "gland", "pre_encoder_id": LONE},
    {"kind": "compare", "analysis_ids": ["a", LONE]},
    {"kind": "trajectory", "cohort_id": "a", "task": LONE, "roi": "gland", "along": "stages"},
    {"kind": "selfcheck", "analysis_id": LONE},
    {"kind": "embed", "cohort_id": LONE},
    {"kind": "import_cases", "cohort": "a", "path": "a", "series": {LONE: {}}},
]


def test_a_lone_surrogate_in_any_text_is_a_422(researcher: TestClient) -> None:
    later = {"params": {"kind": "synth", "cohort": "a"}, "after": [LONE]}
    asked: list[tuple[str, object]] = [("jobs", later), ("jobs/plan", later), ("shares", {"analysis_id": LONE})]
    asked += [(path, {"params": params}) for params in PARAMS for path in ("jobs", "jobs/plan")]
    for path, body in asked:
        sent = json.dumps(body)
        answer = researcher.post(f"/api/v1/{path}", content=sent, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), sent
        assert "unicode" in answer.json()["detail"], sent


def test_a_number_of_replicates_is_refused_before_anything_is_queued(researcher: TestClient) -> None:
    params = {"kind": "analyze", "cohort_id": "a", "task": "pirads", "roi": "gland", "bootstrap": 200}
    answer = researcher.post("/api/v1/jobs", json={"params": params})
    assert answer.status_code == 422
    assert "bootstrap" in answer.json()["detail"]


def test_a_body_too_large_is_refused_by_its_length_and_as_it_arrives(researcher: TestClient) -> None:
    body = json.dumps({"params": {"kind": "synth", "cohort": "x" * 1_100_000}}).encode()
    declared = researcher.post("/api/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    chunks = (body[i : i + 65536] for i in range(0, len(body), 65536))
    streamed = researcher.post("/api/v1/jobs", content=chunks, headers={"Content-Type": "application/json"})
    for answer in (declared, streamed):
        assert answer.status_code == 413
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        s.Problem.model_validate(answer.json())


def _failing(error: Exception) -> Callable[[], int]:
    def fail() -> int:
        raise error

    return fail


def test_an_unforeseen_error_says_nothing_of_its_text_or_place(
    tmp_path: server.Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(server.settings_of(tmp_path))
    app.get("/boom", dependencies=[PUBLIC])(_failing(RuntimeError(f"{tmp_path}/MUSTERMANN^MAX.mha")))
    with TestClient(app, base_url=server.ORIGIN, raise_server_exceptions=True) as client:
        answer = client.get("/boom")
    assert answer.status_code == 500
    problem = s.Problem.model_validate(answer.json())
    assert problem.code == "unexpected"
    assert "RuntimeError at fail" in caplog.text
    for text in (answer.text, caplog.text):
        assert "MUSTERMANN" not in text
        assert str(tmp_path) not in text
        assert "Traceback" not in text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_damaged_data_is_a_500_with_its_sentence(tmp_path: server.Path) -> None:
    app = create_app(server.settings_of(tmp_path))
    app.get("/damaged", dependencies=[PUBLIC])(_failing(Damaged("A stored array no longer matches its hash.")))
    with TestClient(app, base_url=server.ORIGIN) as client:
        answer = client.get("/damaged")
    assert (answer.status_code, answer.json()["code"]) == (500, "damaged")

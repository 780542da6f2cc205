"""The packed answer of all cases: equal to the list, 304 while nothing changed, and cheap after one decision."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import event, select
from starlette.testclient import TestClient

from backend.models import Case, Cohort
from backend.queries.case_index import CaseIndex
from shared.client import Client
from tests.api import server
from tests.api.links import database_of
from tests.api.reads import get, rows
from tests.api.test_damaged_rows import damage


@contextmanager
def calling(client: TestClient, role: str = "viewer") -> Iterator[Client]:
    """The typed client as a signed-in user of a role."""
    token = server.bearer(client, role)["Authorization"].removeprefix("Bearer ")  # type: ignore[arg-type]  # a role

    def sent(request: httpx.Request) -> httpx.Response:
        answer = client.request(request.method, str(request.url), content=request.content, headers=request.headers)
        plain = {name: value for name, value in answer.headers.items() if name != "content-encoding"}
        return httpx.Response(answer.status_code, headers=plain, content=answer.content)

    with Client(server.ORIGIN, token, transport=httpx.MockTransport(sent)) as found:
        yield found


@contextmanager
def statements(client: TestClient) -> Iterator[list[str]]:
    """What the database is asked meanwhile, with the number of parameters."""
    found: list[str] = []

    def asked(_connection, _cursor, statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        found.append(f"{len(parameters)} {statement}")

    engine = database_of(client).engine
    event.listen(engine, "before_cursor_execute", asked)
    yield found
    event.remove(engine, "before_cursor_execute", asked)


def wide(asked: list[str]) -> list[str]:
    """The statements that read whole cases."""
    return [one for one in asked if "cases.geometry" in one]


def test_it_holds_what_the_lists_say(client: TestClient, own: server.Filled) -> None:
    with calling(client, "researcher") as caller:
        first = caller.cases(own.cohort_id)[0]
        client.post(
            f"/api/v1/cases/{first.id}/decisions", json={"decision": "approve"}, headers=server.bearer(client, "admin")
        )
        held, listed = caller.held_cases(own.cohort_id), caller.cases(own.cohort_id)
        assert [case.model_dump() for case in held.cases] == [case.model_dump() for case in listed]
        of_quality = {row.case_id: row for row in caller.quality_cases(own.cohort_id)}
        assert {case.id: held.quality_row(case).model_dump() for case in held.cases} == {
            name: row.model_dump() for name, row in of_quality.items()
        }
        assert held.cases[0].reviewed_by == "a admin"
        assert caller.held_cases(own.cohort_id, held) is held


def test_a_decision_costs_the_reading_of_one_case(client: TestClient, own: server.Filled) -> None:
    with calling(client, "researcher") as caller:
        held = caller.held_cases(own.cohort_id)
        with statements(client) as asked:
            assert caller.held_cases(own.cohort_id, held) is held
            caller.quality(own.cohort_id)
        assert wide(asked) == []
        client.post(
            f"/api/v1/cases/{held.cases[5].id}/decisions",
            json={"decision": "exclude"},
            headers=server.bearer(client, "researcher"),
        )
        with statements(client) as asked:
            after = caller.held_cases(own.cohort_id, held)
        assert [one.split(" ", 1)[0] for one in wide(asked)] == ["1"]
        assert after.version != held.version
        assert [case.status for case in after.cases].count("excluded") == 1


def test_a_damaged_case_is_named_and_the_report_refused(client: TestClient, own: server.Filled) -> None:
    with database_of(client).read() as session:
        bad = session.scalars(select(Case.id).order_by(Case.study_id)).all()[4]
    damage(own, "UPDATE cases SET psa = 77 WHERE id = ?", bad)
    with calling(client) as caller:
        held = caller.held_cases(own.cohort_id)
        assert [one.id for one in held.cases.unreadable] == [bad]
        assert bad not in [case.id for case in held.cases]
        assert [one.id for one in caller.quality_cases(own.cohort_id).unreadable] == [bad]
    signed_in = server.bearer(client, "viewer")
    assert client.get(f"/api/v1/cohorts/{own.cohort_id}/quality", headers=signed_in).json()["code"] == "damaged"
    text = client.get(f"/api/v1/cohorts/{own.cohort_id}/quality/cases.csv", headers=signed_in).text
    assert next(row for row in rows(text) if row["case_id"] == bad)["study_id"] == ""


def test_nobody_gets_the_cases_of_a_cohort_that_is_not_there(reader: TestClient) -> None:
    assert reader.get("/api/v1/cohorts/none/cases.packed").status_code == 404


def test_the_memory_has_a_bound(client: TestClient, own: server.Filled) -> None:
    with database_of(client).write() as session:
        for name in ("second", "third"):
            cohort = Cohort(name=name, kind="tables")
            session.add(cohort)
            session.flush()
            session.add_all(Case(cohort_id=cohort.id, study_id=str(n), patient_id=str(n)) for n in range(10))
    index = CaseIndex(most_cases=20)
    with database_of(client).read() as session:
        for cohort in session.scalars(select(Cohort).order_by(Cohort.name)):
            index.read(session, cohort)
    kept = {name: len(one.cases) for name, one in index._kept.items()}
    assert sorted(kept.values()) == [10, 10], "the larger cohort was read first and had to go"


@pytest.mark.parametrize("path", ["cases", "quality/cases"])
def test_a_search_finds_every_word_in_any_text(reader: TestClient, filled: server.Filled, path: str) -> None:
    where = f"/cohorts/{filled.cohort_id}/{path}"
    everything = get(reader, where, limit=1000)["items"]  # type: ignore[index,call-overload]  # JSON
    one = everything[3]
    found = get(reader, where, search=f"{one['patient_id'].upper()} {one['study_id'][-3:]}")
    assert [row["study_id"] for row in found["items"]] == [one["study_id"]]  # type: ignore[index,call-overload]
    assert get(reader, where, search="%")["total"] == 0  # type: ignore[index,call-overload]
    assert get(reader, where, search=f"{one['study_id']} nowhere")["total"] == 0  # type: ignore[index,call-overload]
    assert get(reader, where, search="  ")["total"] == len(everything)  # type: ignore[index,call-overload]


def test_the_pages_of_the_report_join(reader: TestClient, filled: server.Filled) -> None:
    path = f"/cohorts/{filled.cohort_id}/quality/cases"
    whole = get(reader, path, limit=1000)
    first, second = get(reader, path, limit=40), get(reader, path, limit=1000, cursor="40")
    assert first["items"] + second["items"] == whole["items"]  # type: ignore[index,call-overload]
    assert first["total"] == len(whole["items"])  # type: ignore[index,call-overload]

"""Notes, stars and saved views: who may what, how much, and what a damaged row costs."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend import models
from backend.access import tokens
from backend.errors import Conflict, TooMany
from backend.queries import marked
from frontend.state import query_parameters
from shared import schemas as s
from shared.schemas.saved_views import VIEW_PARAMETERS
from tests.api import server
from tests.api.links import database_of
from tests.api.reads import rows
from tests.api.test_damaged_rows import damage, ids, listed

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
MARKUP = "<b>see</b> ![x](http://outside.example/x.png)\nsecond line, ≥ 3 mm"
VIEW = {"name": "ADC texture", "page": "shifts", "query": {"modality": "ADC", "class": "GLCM"}}


def post(client: TestClient, path: str, role: s.Role, **body: object) -> httpx.Response:
    return client.post(f"/api/v1{path}", json=body, headers=server.bearer(client, role))


def remove(client: TestClient, path: str, role: s.Role) -> int:
    return client.delete(f"/api/v1{path}", headers=server.bearer(client, role)).status_code


def as_user(client: TestClient, name: str, role: s.Role) -> dict[str, str]:
    with database_of(client).write() as session:
        token = tokens.create_token(session, tokens.get_or_add_user(session, name, role), "api")
    return {"Authorization": f"Bearer {token}"}


def a_feature(client: TestClient) -> str:
    with database_of(client).read() as session:
        return session.scalars(select(models.AnalysisFeature.feature).limit(1)).one()


def a_case(client: TestClient) -> str:
    with database_of(client).read() as session:
        return session.scalars(select(models.Case.id).limit(1)).one()


def test_researchers_write_notes_that_everybody_reads_as_they_were_written(
    client: TestClient, own: server.Filled
) -> None:
    feature, case = a_feature(client), a_case(client)
    places = ({"analysis_id": own.analysis_id}, {"analysis_id": own.analysis_id, "feature": feature}, {"case_id": case})
    for place in places:
        assert post(client, "/notes", "viewer", text="no", **place).status_code == 403
        answer = post(client, "/notes", "researcher", text=MARKUP, **place)
        assert answer.status_code == 201, answer.text
        note = s.Note.model_validate(answer.json())
        assert (note.text, note.by) == (MARKUP, "a researcher")
        assert note.at.utcoffset() == timedelta(0)
    assert len(listed(client, "/notes")["items"]) == 3  # type: ignore[arg-type]  # JSON
    of_analysis = listed(client, f"/notes?analysis_id={own.analysis_id}")
    assert [note["feature"] for note in of_analysis["items"]] == [feature, None]  # type: ignore[attr-defined,index]  # JSON
    assert listed(client, f"/notes?case_id={case}")["total"] == 1
    text = client.get("/api/v1/notes.csv", headers=server.bearer(client, "viewer")).text
    assert [row["text"] for row in rows(text)] == [MARKUP] * 3


def test_a_note_has_a_thing_and_a_length(client: TestClient, own: server.Filled) -> None:
    there = {"analysis_id": own.analysis_id}
    for body, status in (
        ({"text": "x" * 2000, **there}, 201),
        ({"text": "x" * 2001, **there}, 422),
        ({"text": " \n ", **there}, 422),
        ({"text": "x"}, 422),
        ({"text": "x", **there, "case_id": a_case(client)}, 422),
        ({"text": "x", "case_id": a_case(client), "feature": "f"}, 422),
        ({"text": "x", "analysis_id": "none"}, 404),
        ({"text": "x", "case_id": "none"}, 404),
        ({"text": "x", **there, "feature": "none"}, 404),
    ):
        answer = post(client, "/notes", "researcher", **body)
        assert answer.status_code == status, (body, answer.text)


def test_only_the_author_or_an_admin_deletes_a_note(client: TestClient, own: server.Filled) -> None:
    first, second = (post(client, "/notes", "researcher", text="a", analysis_id=own.analysis_id).json() for _ in "ab")
    other = as_user(client, "another", "researcher")
    answer = client.delete(f"/api/v1/notes/{first['id']}", headers=other)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert remove(client, f"/notes/{first['id']}", "researcher") == 204
    assert remove(client, f"/notes/{first['id']}", "researcher") == 404
    assert remove(client, f"/notes/{second['id']}", "admin") == 204
    with database_of(client).read() as session:
        told = session.scalars(select(models.Audit).where(models.Audit.action.startswith("note"))).all()
    assert [(row.actor, row.action) for row in told] == [
        ("a researcher", "note.write"),
        ("a researcher", "note.write"),
        ("a researcher", "note.delete"),
        ("a admin", "note.delete"),
    ]


def test_stars_are_ones_own(client: TestClient, own: server.Filled) -> None:
    thing = {"analysis_id": own.analysis_id, "feature": a_feature(client)}
    first, again = (post(client, "/stars", "viewer", **thing).json() for _ in range(2))
    assert first == again
    others = post(client, "/stars", "researcher", **thing).json()
    assert others["id"] != first["id"]
    assert ids(listed(client, "/stars")) == [first["id"]]
    assert remove(client, f"/stars/{others['id']}", "viewer") == 404
    assert remove(client, f"/stars/{others['id']}", "admin") == 404
    assert remove(client, f"/stars/{first['id']}", "viewer") == 204
    assert ids(listed(client, "/stars")) == []
    assert post(client, "/stars", "viewer", case_id="none").status_code == 404
    assert post(client, "/stars", "viewer").status_code == 422


def test_a_view_has_a_name_once_a_user_and_is_shown_to_all(client: TestClient) -> None:
    made = post(client, "/saved-views", "viewer", **VIEW)
    assert made.status_code == 201, made.text
    assert post(client, "/saved-views", "viewer", **VIEW).status_code == 409
    assert post(client, "/saved-views", "researcher", **VIEW).status_code == 201
    found = listed(client, "/saved-views")["items"]
    assert [(view["name"], view["by"], view["query"]) for view in found] == [  # type: ignore[attr-defined,index]  # JSON
        (VIEW["name"], "a researcher", VIEW["query"]),
        (VIEW["name"], "a viewer", VIEW["query"]),
    ]
    path = f"/saved-views/{made.json()['id']}"
    assert remove(client, path, "researcher") == 403
    assert remove(client, path, "viewer") == 204
    assert remove(client, path, "viewer") == 404


@pytest.mark.parametrize(
    "change",
    [
        {"page": "jobs"},
        {"page": "//outside.example"},
        {"name": ""},
        {"name": "x" * 81},
        {"query": {"link": "token"}},
        {"page": "cases", "query": {"a b": "c"}},
        {"query": {"q": "x" * 301}},
        {"page": "cases", "query": {f"p{n}": "x" for n in range(41)}},
    ],
)
def test_a_view_leads_to_a_page_of_the_dashboard_and_nowhere_else(empty: TestClient, change: dict[str, object]) -> None:
    assert post(empty, "/saved-views", "viewer", **VIEW | change).status_code == 422


def test_a_view_keeps_what_the_dashboard_has_in_its_address() -> None:
    assert {value for name, value in vars(query_parameters).items() if name.isupper()} == VIEW_PARAMETERS


def test_nobody_writes_without_end(client: TestClient, own: server.Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    with database_of(client).write() as session:
        for n in range(marked.MOST_A_MINUTE):
            session.add(models.Note(analysis_id=own.analysis_id, text="x", by="busy", at=NOON + timedelta(seconds=n)))
        session.flush()
        marked.check_room(session, models.Note, "busy", NOON + timedelta(seconds=60))  # the first is a minute old
        marked.check_room(session, models.Note, "other", NOON + timedelta(seconds=30))
        with pytest.raises(TooMany, match="wait a minute"):
            marked.check_room(session, models.Note, "busy", NOON + timedelta(seconds=59))
        monkeypatch.setattr(marked, "MOST_OF_A_USER", marked.MOST_A_MINUTE)
        with pytest.raises(Conflict, match="delete some"):
            marked.check_room(session, models.Note, "busy", NOON + timedelta(days=1))
    monkeypatch.setattr(marked, "MOST_OF_A_USER", 0)
    for path, body in (("/notes", {"text": "x"}), ("/stars", {})):
        assert post(client, path, "researcher", analysis_id=own.analysis_id, **body).status_code == 409
    assert post(client, "/saved-views", "researcher", **VIEW).status_code == 409


@pytest.mark.parametrize(
    ("table", "path", "change", "body"),
    [
        ("notes", "/notes", "text = 'other'", {"text": "x"}),
        ("stars", "/stars", "case_id = NULL, feature = 'f'", {}),
        ("saved_views", "/saved-views", "query = '{'", VIEW),
    ],
)
def test_a_damaged_row_is_named_and_can_be_deleted(
    client: TestClient, own: server.Filled, table: str, path: str, change: str, body: dict[str, object]
) -> None:
    on = {} if table == "saved_views" else {"analysis_id": own.analysis_id}
    bad = post(client, path, "admin", **body, **on).json()["id"]
    good = post(client, path, "admin", **body | ({"name": "good"} if not on else {}), **on | whole_case(client, on))
    damage(own, f"UPDATE {table} SET {change} WHERE id = ?", bad)
    page = client.get(f"/api/v1{path}", headers=server.bearer(client, "admin")).json()
    assert (ids(page), ids(page, "unreadable")) == ([good.json()["id"]], [bad])
    assert "from a backup" in page["unreadable"][0]["sentence"]
    assert remove(client, f"{path}/{bad}", "admin") == 204
    assert client.get(f"/api/v1{path}", headers=server.bearer(client, "admin")).json()["unreadable"] == []


def whole_case(client: TestClient, on: dict[str, str]) -> dict[str, str | None]:
    """Another thing than the analysis, so that a second star is a second row."""
    return {"analysis_id": None, "case_id": a_case(client)} if on else {}


def test_what_a_withdrawn_user_wrote_stays(client: TestClient, own: server.Filled) -> None:
    post(client, "/notes", "researcher", text="kept", analysis_id=own.analysis_id)
    post(client, "/stars", "researcher", analysis_id=own.analysis_id)
    post(client, "/saved-views", "researcher", **VIEW)
    with database_of(client).write() as session:
        tokens.revoke_all(session, "a researcher")
    for path in ("/notes", "/saved-views"):
        assert [row["by"] for row in listed(client, path)["items"]] == ["a researcher"]  # type: ignore[attr-defined]  # JSON
    again = client.get("/api/v1/stars", headers=server.bearer(client, "researcher")).json()
    assert again["total"] == 1, "the same name signed in again has its stars"

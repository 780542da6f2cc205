"""A row that is really damaged, in SQLite's file, costs only itself: its list names it and shows the others."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend import models
from backend.jobs.submission import submit
from shared import schemas as s
from tests.api import server
from tests.api.links import database_of, make, open_link
from tests.api.reads import rows


def damage(own: server.Filled, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(own.folder / "radiomiclens.sqlite")) as database, database:
        assert database.execute(statement, values).rowcount == 1


def listed(client: TestClient, path: str) -> dict[str, object]:
    answer = client.get(f"/api/v1{path}", headers=server.bearer(client, "viewer"))
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def ids(page: dict[str, object], name: str = "items") -> list[str]:
    return [row["id"] for row in page[name]]  # type: ignore[index,union-attr]  # JSON


def two_of_each(client: TestClient, own: server.Filled) -> None:
    """A second cohort, encoder, analysis, job, and two comparisons and trajectories beside what `own` holds."""
    with database_of(client).write() as session:
        cohort = models.Cohort(name="second", kind="tables")
        session.add(cohort)
        session.flush()
        first = session.get_one(models.Analysis, own.analysis_id)
        copied = {name: getattr(first, name) for name in ("task", "roi", "settings", "report", "sentences")}
        pair = {"pre_encoder_id": first.pre_encoder_id, "ft_encoder_id": first.ft_encoder_id}
        session.add(models.Analysis(cohort_id=own.cohort_id, cache_key="second", **copied, **pair))
        session.add(models.Encoder(name="alone", arch="a", sha256="0", stage="pre", cache_key="alone"))
        settings = server.settings_of(own.folder)
        submit(session, settings, s.JobSubmit(params=s.SynthTablesParams(cohort="x")), user="t", local=True)
        summary = {"members": [], "n_studies": 1, "n_patients": 1, "n_features": 1}
        for key in ("a", "b"):
            about = {"analysis_ids": [own.analysis_id], "summary": summary, "cache_key": key}
            session.add(models.Comparison(cohort_id=own.cohort_id, **about))


CASES = [
    ("/analyses", "analyses", "report = '{}'"),
    ("/analyses", "analyses", "report = 'K'"),
    ("/encoders", "encoders", "sha256 = '1'"),
    ("/comparisons", "comparisons", "summary = '{}'"),
    ("/jobs", "jobs", "params = '{'"),
    ("/jobs", "jobs", "state = 'nonsense'"),
    ("/jobs", "jobs", "title = CAST(x'ff41' AS TEXT)"),
    ("/cohorts", "cohorts", "created_at = 'never'"),
    ("/cohorts/{cohort}/cases", "cases", "psa = 77"),
    ("/cohorts/{cohort}/cases", "cases", "warnings = '[\"a'"),
]


@pytest.mark.parametrize(("path", "table", "change"), CASES)
def test_the_list_names_it_and_shows_the_others(
    client: TestClient, own: server.Filled, path: str, table: str, change: str
) -> None:
    two_of_each(client, own)
    path = path.format(cohort=own.cohort_id)
    before = ids(listed(client, path))
    assert len(before) >= 2
    bad = next(each for each in reversed(before) if each != own.cohort_id)
    damage(own, f"UPDATE {table} SET {change} WHERE id = ?", bad)
    page = listed(client, path)
    assert ids(page) == [each for each in before if each != bad]
    assert ids(page, "unreadable") == [bad]
    assert "from a backup" in page["unreadable"][0]["sentence"]  # type: ignore[index]  # JSON
    assert page["total"] == len(before)
    text = client.get(f"/api/v1{path}.csv", headers=server.bearer(client, "viewer")).text
    assert sorted(row["id"] for row in rows(text)) == sorted(before)


def test_a_damaged_encoder_does_not_hide_its_cohort(client: TestClient, own: server.Filled) -> None:
    with database_of(client).read() as session:
        bad = session.scalars(select(models.Encoder.id).where(models.Encoder.cohort_id == own.cohort_id)).first()
    assert bad is not None
    damage(own, "UPDATE encoders SET sha256 = '1' WHERE id = ?", bad)
    (cohort,) = listed(client, "/cohorts")["items"]  # type: ignore[misc]  # JSON
    assert cohort["id"] == own.cohort_id
    assert bad not in [each["id"] for each in cohort["encoders"]]


def test_pages_join_around_a_damaged_row(client: TestClient, own: server.Filled) -> None:
    path = f"/cohorts/{own.cohort_id}/cases"
    before = ids(listed(client, path))
    for bad in (before[6], before[7], before[20]):
        damage(own, "UPDATE cases SET psa = 77 WHERE id = ?", bad)
    seen, lost, cursor = [], [], ""
    while cursor is not None:
        page = listed(client, f"{path}?limit=7{cursor and f'&cursor={cursor}'}")
        seen, lost = seen + ids(page), lost + ids(page, "unreadable")
        cursor = page["next_cursor"]  # type: ignore[assignment]  # JSON
    assert lost == [before[6], before[7], before[20]]
    assert seen == [each for each in before if each not in lost]


def test_a_ranking_with_a_damaged_row_is_refused_whole(client: TestClient, own: server.Filled) -> None:
    damage(own, "UPDATE analysis_features SET effect = 9 WHERE analysis_id = ? AND k = 3", own.analysis_id)
    path = f"/api/v1/analyses/{own.analysis_id}/ranking"
    answer = client.get(path, headers=server.bearer(client, "viewer"))
    assert (answer.status_code, answer.json()["code"]) == (500, "damaged")


@pytest.mark.parametrize("change", ["snapshot = '{'", "expires_at = 'never'", "label = CAST(x'ff41' AS TEXT)"])
def test_a_damaged_link_can_be_withdrawn(client: TestClient, own: server.Filled, change: str) -> None:
    link = make(client, own)
    damage(own, f"UPDATE shares SET {change} WHERE id = ?", link.id)
    answer = client.post(f"/api/v1/shares/{link.id}/revoke", headers=server.bearer(client, "researcher"))
    assert (answer.status_code, answer.json()["state"]) == (200, "damaged")
    with closing(sqlite3.connect(own.folder / "radiomiclens.sqlite")) as database:
        known = database.execute("SELECT revoked_at FROM shares WHERE id = ?", (link.id,)).fetchone()
    assert known[0] is not None


def test_a_link_opens_its_frozen_snapshot_where_the_analysis_is_damaged(client: TestClient, own: server.Filled) -> None:
    link = make(client, own)
    damage(own, "UPDATE analyses SET roi = 'lesion' WHERE id = ?", own.analysis_id)
    browser = TestClient(client.app, base_url=server.ORIGIN)
    assert open_link(browser, link).status_code == 204  # type: ignore[attr-defined]  # an answer of httpx
    assert browser.get("/api/v1/shared").status_code == 200
    answer = client.post(f"/api/v1/shares/{link.id}/revoke", headers=server.bearer(client, "researcher"))
    assert (answer.status_code, answer.json()["state"]) == (200, "damaged")
    assert browser.get("/api/v1/shared").status_code == 404
    browser.close()

"""A share link opens one frozen snapshot, without any identity, until it ends or is withdrawn; and nothing else."""

import json
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from starlette.testclient import TestClient

from backend.access import share_links, tokens
from backend.models import Analysis, AnalysisFeature, Audit, Base, Case, Cohort, Share, snapshot_hash
from backend.queries.shared_page import people
from backend.storage.database import Database
from shared import schemas as s
from shared.cookies import SESSION_COOKIE
from tests.api import server
from tests.api.links import cases_of, database_of, first_picture, make, open_link, page_of, pictures_of, token_of


def test_the_link_is_256_bits_in_the_fragment_and_shown_once(client: TestClient, link: s.ShareCreated) -> None:
    assert link.path.startswith("/s#")
    assert len(token_of(link)) == 43
    listed = client.get("/api/v1/shares", headers=server.bearer(client, "researcher"))
    assert token_of(link) not in listed.text
    share = s.Page[s.Share].model_validate(listed.json()).items[0]
    assert (share.state, share.opened, share.label) == ("active", 0, "for Dr MUSTERMANN")
    assert share.expires_at - share.created_at == pytest.approx(timedelta(days=14), abs=timedelta(seconds=5))


def test_the_same_idempotency_key_never_makes_a_second_link(client: TestClient, own: server.Filled) -> None:
    body = {"analysis_id": own.analysis_id, "label": "a", "with_pictures": True}
    keyed = server.bearer(client, "researcher") | {"Idempotency-Key": "once"}
    first, again = (client.post("/api/v1/shares", json=body, headers=keyed) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert len(first.json()["path"]) == len("/s#") + 43
    changes: list[dict[str, object]] = [
        {"label": "b"}, {"days": 3}, {"with_pictures": False}, {"max_views": 3}, {"passphrase": "12345678"},
        {"message": "b"}, {"title": "b"}, {"sender": "b"},
    ]  # fmt: skip
    for change in changes:
        refused = client.post("/api/v1/shares", json=body | change, headers=keyed)
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    others = [server.bearer(client, "admin") | {"Idempotency-Key": "once"}, keyed | {"Idempotency-Key": "twice"}]
    paths = {client.post("/api/v1/shares", json=body, headers=headers).json()["path"] for headers in others}
    assert len(paths | {first.json()["path"]}) == 3, "a key is its user's own"
    assert client.get("/api/v1/shares", headers=keyed).json()["total"] == 3


def test_opening_gives_a_strict_cookie_and_the_snapshot(visitor: TestClient, link: s.ShareCreated) -> None:
    cookie = open_link(visitor, link).headers["set-cookie"].lower()  # type: ignore[attr-defined]  # httpx response
    for part in ("radiomiclens_share=", "httponly", "samesite=strict", "path=/"):
        assert part in cookie
    view = s.SharedView.model_validate(visitor.get("/api/v1/shared").json())
    assert (view.version, view.expires_in_days, view.provenance["Patients"]) == (2, 14, "60")
    page = page_of(view)
    assert page.sender == "a researcher"
    assert page.verdict.headline.startswith("After training to predict PI-RADS, the model ")
    assert page.verdict.kind in ("change", "label_borne", "likely")
    assert any("Research use only" in sentence for sentence in page.cannot_say)
    assert page.pair is not None
    assert [case.place for case in page.pair.cases] == ["low", "high"]
    for case in page.pair.cases:
        assert "age 90+" in case.caption
        assert case.stack.map
        for name in (case.stack.image, case.stack.outlines, case.stack.map):
            picture = visitor.get(f"/api/v1/shared/pictures/{name}")
            assert picture.headers["content-type"] == "image/webp"
            assert picture.content[8:12] == b"WEBP"


def test_the_snapshot_names_nobody(client: TestClient, own: server.Filled, visitor: TestClient) -> None:
    sent = visitor.get("/api/v1/shared").text
    with database_of(client).read() as session:
        forbidden = {
            own.analysis_id,
            own.cohort_id,
            server.PATIENT_NAME,
            server.COHORT_NAME,
            "MUSTERMANN",
            str(own.folder),
        }
        for case in session.scalars(select(Case)):
            forbidden |= {case.id, case.study_id, case.patient_id}
        made = session.get_one(Analysis, own.analysis_id).created_at
        dates = {f"{made:%Y-%m-%dT%H:%M:%S}"}
    named = [word for word in forbidden | dates if re.search(rf"(?<![\w.]){re.escape(word)}(?!\w)", sent)]
    assert named == []


def test_two_links_use_different_pseudonyms(client: TestClient, own: server.Filled, visitor: TestClient) -> None:
    first = page_of(s.SharedView.model_validate(visitor.get("/api/v1/shared").json()))
    open_link(visitor, make(client, own))
    second = page_of(s.SharedView.model_validate(visitor.get("/api/v1/shared").json()))
    assert first.verdict == second.verdict
    assert cases_of(first).isdisjoint(cases_of(second))
    assert pictures_of(first).isdisjoint(pictures_of(second))


def test_pictures_only_after_the_check_for_burned_in_text(client: TestClient, own: server.Filled) -> None:
    open_link(client, make(client, own, with_pictures=False))
    page = page_of(s.SharedView.model_validate(client.get("/api/v1/shared").json()))
    assert (page.pair, page.no_pictures) == (None, "The sender sent no pictures of patients.")


def test_the_snapshot_is_frozen(client: TestClient, own: server.Filled, visitor: TestClient) -> None:
    before = visitor.get("/api/v1/shared").json()
    with database_of(client).write() as session:
        for row in session.scalars(select(AnalysisFeature)):
            row.delta_i = 99.0
        session.get_one(Cohort, own.cohort_id).name = "renamed"
        session.get_one(Analysis, own.analysis_id).sentences = ["changed"]
    assert visitor.get("/api/v1/shared").json() == before


def test_the_cookie_opens_nothing_else(client: TestClient, visitor: TestClient, own: server.Filled) -> None:
    for path in ("/me", "/analyses", f"/analyses/{own.analysis_id}", "/cohorts", "/jobs", "/shares"):
        assert visitor.get(f"/api/v1{path}").status_code == 401
    assert visitor.get("/api/v1/shared/pictures/other.png").status_code == 404
    cookie = visitor.cookies["radiomiclens_share"]
    for header in ({"Authorization": f"Bearer {cookie}"}, {"Cookie": f"{SESSION_COOKIE}={cookie}"}):
        assert client.get("/api/v1/me", headers=header).status_code == 401


def test_a_signed_in_user_without_the_cookie_gets_no_shared_view(client: TestClient, link: s.ShareCreated) -> None:
    answer = client.get("/api/v1/shared", headers=server.bearer(client, "admin"))
    assert answer.status_code == 404


def test_tokens_stand_in_no_file_and_no_log(
    client: TestClient, own: server.Filled, visitor: TestClient, link: s.ShareCreated, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        visitor.get("/api/v1/shared")
        open_link(visitor, link)
    secrets = [token_of(link), visitor.cookies["radiomiclens_share"]]
    stored = b"".join(path.read_bytes() for path in own.folder.rglob("*") if path.is_file())
    with database_of(client).read() as session:
        stored += repr([session.execute(select(table)).all() for table in Base.metadata.sorted_tables]).encode()
    assert tokens.hash_token(secrets[0]).encode() in stored
    assert [secret for secret in secrets if secret.encode() in stored or secret in caplog.text] == []


def counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_a_view_changes_nothing_but_the_audit_log(
    client: TestClient, visitor: TestClient, link: s.ShareCreated
) -> None:
    before = counts(database_of(client))
    picture = first_picture(visitor)
    visitor.get(f"/api/v1/shared/pictures/{picture}")
    after = counts(database_of(client))
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {"audit": 1}
    with database_of(client).read() as session:
        rows = session.scalars(select(Audit).where(Audit.target == link.id).order_by(Audit.id)).all()
    assert [(row.actor, row.action) for row in rows] == [
        ("a researcher", "share.create"),
        ("link", "share.open"),
        ("link", "share.view"),
    ]


def test_openings_are_counted_and_dated(client: TestClient, visitor: TestClient, link: s.ShareCreated) -> None:
    open_link(visitor, link)
    listed = client.get("/api/v1/shares", headers=server.bearer(client, "researcher")).json()["items"][0]
    assert listed["opened"] == 2
    assert listed["last_opened_at"] is not None


def test_a_changed_snapshot_or_picture_is_never_shown(
    client: TestClient, own: server.Filled, visitor: TestClient, link: s.ShareCreated
) -> None:
    picture = first_picture(visitor)
    with database_of(client).write() as session:
        share = session.get_one(Share, link.id)
        share.snapshot = share.snapshot | {"title": "Something else"}
        session.execute(text("UPDATE share_pictures SET png = :png"), {"png": b"another picture"})
    for path in ("/shared", f"/shared/pictures/{picture}"):
        answer = visitor.get(f"/api/v1{path}")
        assert (answer.status_code, answer.json()["code"]) == (500, "damaged")


OLD_SNAPSHOT = {
    "title": "What fine-tuning for PI-RADS changed",
    "sentences": ["One."],
    "cannot_say": ["Two."],
    "shifts": [
        {
            "label": "l", "sentence": "s", "modality": "T2", "i_pre": 1.0, "i_ft": 2.0, "delta_i": 1.0,
            "r2_pre": 0.1, "r2_ft": None, "case": "Case ABC", "picture": None, "picture_alt": "",
        }
    ],
    "groups": [
        {"grouping": "class", "group": "glcm", "n_features": 24}
        | {
            f"{name}_{stage}": 0.5
            for name in ("mse", "r2", "r2_median", "v", "r2_in_sample", "mse_minmax", "i")
            for stage in ("pre", "ft")
        }
    ],
    "alerts": [{"code": "small_cohort", "level": "warning", "sentence": "s", "why": "w"}],
    "provenance": {"Patients": "60"},
    "expires_in_days": 14,
}  # fmt: skip


def test_a_snapshot_of_the_first_version_still_opens(
    client: TestClient, visitor: TestClient, link: s.ShareCreated
) -> None:
    with database_of(client).write() as session:
        share = session.get_one(Share, link.id)
        share.snapshot, share.snapshot_sha256 = OLD_SNAPSHOT, snapshot_hash(OLD_SNAPSHOT)
    view = s.SharedView.model_validate(visitor.get("/api/v1/shared").json())
    assert (view.version, view.page) == (1, None)
    assert view.shifts[0].case == "Case ABC"
    assert view.groups[0].r2_ft == 0.5


def test_days_are_between_1_and_90_and_the_analysis_exists(client: TestClient, own: server.Filled) -> None:
    headers = server.bearer(client, "researcher")
    for days in (0, 91):
        body = {"analysis_id": own.analysis_id, "days": days}
        assert client.post("/api/v1/shares", json=body, headers=headers).status_code == 422
    assert client.post("/api/v1/shares", json={"analysis_id": "none"}, headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("They rest on 3 patients: they can change.", "They rest on fewer than 5 patients: they can change."),
        ("48 patients, 53 studies", "48 patients, 53 studies"),
        ("R² 0.4 patients", "R² 0.4 patients"),
        ("1 study of 4 patients", "fewer than 5 study of fewer than 5 patients"),
    ],
)
def test_small_counts_of_people_are_hidden(sentence: str, shown: str) -> None:
    assert people.hide_small_counts(sentence) == shown


def test_counts_below_5_are_coarse() -> None:
    assert [people.count(number) for number in (0, 1, 4, 5)] == ["0", "fewer than 5", "fewer than 5", "5"]


def test_the_snapshot_hash_does_not_depend_on_the_order_of_keys() -> None:
    assert snapshot_hash({"a": 1, "b": "ü"}) == snapshot_hash(json.loads('{"b": "\\u00fc", "a": 1}'))


def test_what_a_link_needs_is_never_read_from_outside_its_snapshot() -> None:
    source = Path(share_links.__file__).read_text("utf-8")
    assert "answers" not in source
    assert "volumes" not in source

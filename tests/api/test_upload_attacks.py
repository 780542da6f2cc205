"""Limits of uploads, and what an attacker would try with them."""

from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from backend.models import now
from backend.storage import upload_writer
from backend.storage.upload_sweep import sweep
from tests.api import sent, server
from tests.api.links import database_of
from tests.api.test_notes import as_user
from tests.api.test_uploads import TABLE, folder
from tests.postgres.per_folder import sqlite_only


@pytest.fixture
def ann(empty: TestClient) -> dict[str, str]:
    return as_user(empty, "ann", "researcher")


def test_nobody_else_sees_an_upload_or_touches_it(empty: TestClient, ann: dict[str, str]) -> None:
    upload_id = sent.started(empty, ann, len(TABLE))
    sent.patch(empty, ann, upload_id, 0, TABLE[:10])
    for other in (as_user(empty, "bob", "researcher"), as_user(empty, "root", "admin")):
        assert empty.get(f"/api/v1/uploads/{upload_id}", headers=other).status_code == 404
        assert empty.head(f"/api/v1/uploads/{upload_id}", headers=other).status_code == 404
        assert sent.patch(empty, other, upload_id, 10, b"evil").status_code == 404
        assert empty.delete(f"/api/v1/uploads/{upload_id}", headers=other).status_code == 404
        assert empty.get("/api/v1/uploads", headers=other).json()["items"] == []
    assert sent.offset(empty, ann, upload_id) == 10
    assert [one["id"] for one in empty.get("/api/v1/uploads", headers=ann).json()["items"]] == [upload_id]


def test_a_viewer_and_a_stranger_may_not_upload(empty: TestClient) -> None:
    viewer = as_user(empty, "vi", "viewer")
    assert sent.start(empty, viewer, 10, filename="a.csv").status_code == 403
    assert sent.start(empty, {}, 10, filename="a.csv").status_code == 401
    assert sent.patch(empty, {}, "0" * 32, 0, b"x" * 2_000_000).status_code == 401
    assert not folder(empty, "").is_dir()


def test_another_sites_page_may_not_send(empty: TestClient, ann: dict[str, str]) -> None:
    upload_id = sent.started(empty, ann, 10)
    foreign = ann | {"Origin": "http://evil.example"}
    assert sent.patch(empty, foreign, upload_id, 0, b"x").status_code == 403
    assert sent.start(empty, foreign, 10, filename="a.csv").status_code == 403
    assert empty.delete(f"/api/v1/uploads/{upload_id}", headers=foreign).status_code == 403


@pytest.mark.parametrize("lie", [1, 99, 101, 2**40, "-1", "1e3", "", "٣", "0x10", 2**70])
def test_a_wrong_offset_adds_nothing(empty: TestClient, ann: dict[str, str], lie: int | str) -> None:
    upload_id = sent.started(empty, ann, len(TABLE))
    sent.patch(empty, ann, upload_id, 0, TABLE[:100])
    headers = [*(ann | sent.PATCH).items(), ("Upload-Offset", str(lie).encode())]
    answer = empty.patch(f"/api/v1/uploads/{upload_id}", content=b"evil", headers=dict(headers))  # type: ignore[arg-type]
    assert answer.status_code in (409, 422), answer.text
    assert answer.status_code == 422 or answer.headers["Upload-Offset"] == "100"
    assert sent.offset(empty, ann, upload_id) == 100
    assert (folder(empty, upload_id) / "part").read_bytes() == TABLE[:100]


def test_more_bytes_than_announced_are_refused_and_not_kept(empty: TestClient, ann: dict[str, str]) -> None:
    upload_id = sent.started(empty, ann, 100)
    answer = sent.patch(empty, ann, upload_id, 0, b"x" * 3_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert sent.offset(empty, ann, upload_id) == 0
    assert sent.patch(empty, ann, upload_id, 0, b"y" * 100).status_code == 204


@pytest.mark.parametrize("length", ["-5", "abc", "1.5", "", "9" * 30])
def test_a_length_that_is_none_is_refused(empty: TestClient, ann: dict[str, str], length: str) -> None:
    answer = sent.start(empty, ann, length, filename="a.csv")
    assert answer.status_code == 422
    assert "Upload-Length" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\me\\data.csv", "data.csv"),
        ("/absolute/data.csv", "data.csv"),
        ("naïve é 数据.csv", "naïve é 数据.csv"),
        (".hidden.csv", "hidden.csv"),
        ("a/b/..", None),
        ("", None),
        ("x\x00.csv", None),
        ("line\nbreak.csv", None),
        ("rtl\u202egpj.csv", None),
        ("n" * 300 + ".csv", None),
        (b"\xff\xfe.csv", None),
    ],
)
def test_names_lead_nowhere(empty: TestClient, ann: dict[str, str], given: str | bytes, kept: str | None) -> None:
    answer = sent.start(empty, ann, len(TABLE), filename=given)
    if kept is None:
        assert answer.status_code == 422, answer.text
        return
    assert answer.json()["name"] == kept
    assert sent.patch(empty, ann, answer.json()["id"], 0, TABLE).status_code == 204
    found = sent.checked(empty, ann, answer.json()["id"])
    files = [path for path in folder(empty, "").rglob("*") if path.is_file()]
    assert [path.relative_to(folder(empty, found.id)).as_posix() for path in files] == [f"file/{kept}"]


def test_two_writers_of_one_upload_do_not_mix(empty: TestClient, ann: dict[str, str]) -> None:
    upload_id = sent.started(empty, ann, 10)
    settings = empty.app.state.settings  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    writer = upload_writer.UploadWriter(database_of(empty), settings, upload_id, "ann", offset=0)
    writer.open()
    second = sent.patch(empty, ann, upload_id, 0, b"BBBBBBBBBB")
    assert (second.status_code, second.json()["code"]) == (423, "busy")
    writer.write(b"AAAAA")
    assert writer.finish() == 5
    writer.close()
    assert sent.patch(empty, ann, upload_id, 5, b"CCCCC").status_code == 204
    assert sent.checked(empty, ann, upload_id).state == "ready"
    assert (folder(empty, upload_id) / "file" / "data.csv").read_bytes() == b"AAAAACCCCC"


def test_an_upload_can_be_removed_while_it_is_written(empty: TestClient, ann: dict[str, str]) -> None:
    upload_id = sent.started(empty, ann, 10)
    settings = empty.app.state.settings  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    writer = upload_writer.UploadWriter(database_of(empty), settings, upload_id, "ann", offset=0)
    writer.open()
    writer.write(b"AAAAA")
    assert empty.delete(f"/api/v1/uploads/{upload_id}", headers=ann).status_code == 204
    with pytest.raises(Exception, match="no such upload"):
        writer.finish()
    writer.close()
    assert not folder(empty, upload_id).exists()
    assert empty.get(f"/api/v1/uploads/{upload_id}", headers=ann).status_code == 404


def test_each_limit_says_its_sentence(tmp_path: Path) -> None:
    mib = 2**20
    with server.running(
        tmp_path, upload_file_mb=2, upload_user_mb=3, upload_total_mb=4, uploads_per_user=2, upload_free_mb=0
    ) as client:
        ann, bob, eve = (as_user(client, name, "researcher") for name in ("ann", "bob", "eve"))
        assert "more than the 2" in sent.start(client, ann, 2 * mib + 1, filename="a").json()["detail"]
        assert sent.start(client, ann, 2 * mib, filename="a").status_code == 201
        more = sent.start(client, ann, 2 * mib, filename="b")
        assert (more.status_code, "3 MiB one user" in more.json()["detail"]) == (413, True)
        assert sent.start(client, bob, 2 * mib, filename="a").status_code == 201
        assert "all users" in sent.start(client, eve, 1, filename="a").json()["detail"]
        assert sent.start(client, ann, 0 + 1, filename="c").status_code == 413
    with server.running(tmp_path / "b", uploads_per_user=1) as client:
        ann = as_user(client, "ann", "researcher")
        assert sent.start(client, ann, 5, filename="a").status_code == 201
        assert sent.start(client, ann, 5, filename="b").status_code == 429
    with server.running(tmp_path / "c", upload_free_mb=10**9) as client:
        answer = sent.start(client, as_user(client, "ann", "researcher"), 5, filename="a")
        assert (answer.status_code, answer.json()["code"]) == (507, "disk-full")


def test_a_full_disk_keeps_what_was_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server.running(tmp_path) as client:
        ann = as_user(client, "ann", "researcher")
        upload_id = sent.started(client, ann, 2 * 2**20)
        assert sent.patch(client, ann, upload_id, 0, b"a" * 2**20).status_code == 204
        full = OSError(28, "No space left on device")

        def refuse(*_: object) -> int:
            raise full

        with monkeypatch.context() as no_room:
            no_room.setattr(upload_writer.os, "pwrite", refuse)
            answer = sent.patch(client, ann, upload_id, 2**20, b"b" * 2**20)
        assert (answer.status_code, answer.json()["code"]) == (507, "disk-full")
        assert sent.offset(client, ann, upload_id) == 2**20
        assert sent.patch(client, ann, upload_id, 2**20, b"b" * 2**20).status_code == 204


def test_bytes_that_the_disk_lost_are_not_taken_for_sent(empty: TestClient, ann: dict[str, str]) -> None:
    upload_id = sent.started(empty, ann, 20)
    sent.patch(empty, ann, upload_id, 0, b"0123456789")
    (folder(empty, upload_id) / "part").write_bytes(b"01")
    answer = sent.patch(empty, ann, upload_id, 10, b"0123456789")
    assert (answer.status_code, answer.json()["code"]) == (500, "damaged")


@pytest.mark.parametrize(
    "change", [pytest.param("files = '{'", marks=sqlite_only), "expires_at = 'never'", "created_at = '0'"]
)
def test_a_damaged_row_costs_only_itself(empty: TestClient, ann: dict[str, str], change: str) -> None:
    """One row that cannot be read stopped every later sweep and check, and its owner could not remove it."""
    kept, first, second = (sent.started(empty, ann, len(TABLE)) for _ in range(3))
    for upload_id in (kept, first, second):
        sent.patch(empty, ann, upload_id, 0, TABLE[:10])
    database = database_of(empty)
    with database.write() as session:
        for upload_id in (first, second):
            session.execute(text(f"UPDATE uploads SET {change} WHERE id = :id"), {"id": upload_id})
    shown = empty.get("/api/v1/uploads", headers=ann).json()
    assert [one["id"] for one in shown["items"]] == [kept]
    assert {one["id"] for one in shown["unreadable"]} == {first, second}
    bob = as_user(empty, "bob", "researcher")
    assert empty.delete(f"/api/v1/uploads/{first}", headers=bob).status_code == 404
    assert empty.delete(f"/api/v1/uploads/{first}", headers=ann).status_code == 204
    assert not folder(empty, first).exists()
    settings = empty.app.state.settings  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    assert sweep(database, settings, now()) == 1
    assert not folder(empty, second).exists()
    assert sent.offset(empty, ann, kept) == 10

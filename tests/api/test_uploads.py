"""Uploads: the protocol as it is written, and what an attacker would try with it."""

import base64
import hashlib
import io
import pickle
import time
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.storage.upload_folder import UploadFolder
from shared import schemas as s
from tests.api import sent
from tests.api.test_notes import as_user

TABLE = b"study_id,patient_id,psa\n" + b"".join(b"s%d,p%d,%d.5\n" % (n, n, n) for n in range(40))


@pytest.fixture
def ann(empty: TestClient) -> dict[str, str]:
    return as_user(empty, "ann", "researcher")


def folder(client: TestClient, upload_id: str) -> Path:
    data_dir: Path = client.app.state.settings.data_dir  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    return data_dir / "uploads" / upload_id


def test_the_server_says_what_it_can_do(empty: TestClient, ann: dict[str, str]) -> None:
    answer = empty.options("/api/v1/uploads", headers=ann)
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == answer.headers["Tus-Resumable"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) == {"creation", "expiration", "checksum", "termination"}
    assert int(answer.headers["Tus-Max-Size"]) == 20_480 * 2**20


def test_a_file_arrives_in_parts_and_is_said_what_it_is(empty: TestClient, ann: dict[str, str]) -> None:
    upload_id = sent.started(empty, ann, len(TABLE), "clinical.csv")
    assert sent.offset(empty, ann, upload_id) == 0
    first = sent.patch(empty, ann, upload_id, 0, TABLE[:100])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "100")
    assert first.headers["Tus-Resumable"] == "1.0.0"
    found = empty.get(f"/api/v1/uploads/{upload_id}", headers=ann).json()
    assert (found["state"], found["n_received"], found["sentence"]) == ("receiving", 100, "")
    assert sent.patch(empty, ann, upload_id, 100, TABLE[100:]).status_code == 204
    ready = sent.checked(empty, ann, upload_id)
    assert (ready.state, ready.kind, ready.name, ready.n_files) == ("ready", "table", "clinical.csv", 1)
    assert "linical" in ready.sentence
    assert (folder(empty, upload_id) / "file" / "clinical.csv").read_bytes() == TABLE
    assert sent.patch(empty, ann, upload_id, len(TABLE), b"x").status_code == 409


def test_an_empty_file_and_other_words_are_refused(empty: TestClient, ann: dict[str, str]) -> None:
    assert "empty" in sent.start(empty, ann, 0, filename="a.csv").json()["detail"]
    assert sent.start(empty, ann | {"Tus-Resumable": "0.2.2"}, 5, filename="a").status_code == 201  # ours goes last
    other = empty.post("/api/v1/uploads", headers=ann | {"Tus-Resumable": "0.2.2", "Upload-Length": "5"})
    assert (other.status_code, other.headers["Tus-Version"]) == (412, "1.0.0")
    upload_id = sent.started(empty, ann, 5)
    plain = empty.patch(f"/api/v1/uploads/{upload_id}", content=b"hello", headers=ann | {"Upload-Offset": "0"})
    assert plain.status_code == 415
    bad = empty.post("/api/v1/uploads", headers=ann | {"Upload-Length": "5", "Upload-Metadata": "filename ???"})
    assert bad.status_code == 422


def test_a_checksum_takes_a_part_whole_or_not_at_all(empty: TestClient, ann: dict[str, str]) -> None:
    upload_id = sent.started(empty, ann, len(TABLE))
    digest = base64.b64encode(hashlib.sha256(TABLE).digest()).decode()
    wrong = sent.patch(empty, ann, upload_id, 0, TABLE[:-1] + b"?", upload_checksum=f"sha256 {digest}")
    assert (wrong.status_code, wrong.json()["code"]) == (460, "wrong-checksum")
    assert sent.offset(empty, ann, upload_id) == 0
    assert sent.patch(empty, ann, upload_id, 0, TABLE, upload_checksum="md5 x").status_code == 422
    assert sent.patch(empty, ann, upload_id, 0, TABLE, upload_checksum=f"sha256 {digest}").status_code == 204
    assert sent.checked(empty, ann, upload_id).state == "ready"


def test_a_file_whose_hash_differs_at_the_end_is_refused(empty: TestClient, ann: dict[str, str]) -> None:
    answer = sent.start(empty, ann, 5, filename="a.csv", sha256="0" * 64)
    sent.patch(empty, ann, answer.json()["id"], 0, b"hello")
    found = sent.checked(empty, ann, answer.json()["id"])
    assert found.state == "refused"
    assert "SHA-256 differs" in found.sentence
    assert not folder(empty, found.id).exists()


def test_an_archive_of_studies_is_unpacked_and_listed(empty: TestClient, ann: dict[str, str]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mine/10001/10001_t2w.nii.gz", b"\x1f\x8b")
        archive.writestr("mine/marksheet.csv", TABLE)
        archive.writestr("__MACOSX/mine/._marksheet.csv", b"junk")
    found = sent.sent(empty, ann, "mine.zip", packed.getvalue())
    assert (found.state, found.kind, found.n_files) == ("ready", "archive", 2)
    assert found.sentence == "An archive of 2 files: 1 image, 1 table."
    assert [one.path for one in found.files] == ["mine/10001/10001_t2w.nii.gz", "mine/marksheet.csv"]
    while (folder(empty, found.id) / "checking").exists():  # the archive goes once its row says what it held
        time.sleep(0.05)
    assert sorted(path.name for path in folder(empty, found.id).iterdir()) == ["unpacked"]
    assert (folder(empty, found.id) / "unpacked/mine/mine/marksheet.csv").read_bytes() == TABLE


@pytest.mark.parametrize(("content", "word"), [(b"\x00\x01\x02" * 99, "no table"), (b"%PDF-1.7 \x00", "no table")])
def test_what_nobody_can_read_is_refused(empty: TestClient, ann: dict[str, str], content: bytes, word: str) -> None:
    found = sent.sent(empty, ann, "a.csv", content)
    assert (found.state, word in found.sentence) == ("refused", True)
    assert not folder(empty, found.id).exists()


def test_a_checkpoint_is_known_without_being_opened(empty: TestClient, ann: dict[str, str]) -> None:
    written = folder(empty, "").parent / "written-by-a-pickle"

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str, str]]:
            return (open, (str(written), "w"))

    found = sent.sent(empty, ann, "weights.ckpt", pickle.dumps(Evil()))
    assert (found.state, found.kind) == ("ready", "checkpoint")
    found = sent.sent(empty, ann, "weights.pth", pickle.dumps(Evil()))
    assert (found.state, found.kind) == ("ready", "checkpoint")
    assert not written.exists()


def test_a_text_is_a_table_where_it_can_be_read_as_one(empty: TestClient, ann: dict[str, str]) -> None:
    assert sent.sent(empty, ann, "clinical.txt", TABLE).kind == "table"
    sums = sent.sent(empty, ann, "SHA256SUMS", b"0" * 64 + b"  a.nii\n")
    assert (sums.state, sums.kind, "checksums" in sums.sentence) == ("ready", "unknown", True)


def test_uploads_are_closed_to_other_accounts(empty: TestClient, ann: dict[str, str]) -> None:
    found = sent.sent(empty, ann, "clinical.csv", TABLE)
    every = [folder(empty, ""), *folder(empty, "").rglob("*")]
    assert [path for path in every if path.stat().st_mode & 0o077] == []
    assert UploadFolder(folder(empty, "").parent, found.id).file.is_dir()


def test_the_list_is_a_table_too(empty: TestClient, ann: dict[str, str]) -> None:
    sent.started(empty, ann, 10)
    text = empty.get("/api/v1/uploads.csv", headers=ann).text
    assert text.splitlines()[0].split(",")[:3] == list(s.Upload.model_fields)[:3]

"""Fuzzed uploads: whatever order of parts, lies and cuts, the server holds exactly the bytes that it said it does."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from backend.storage import upload_writer
from backend.storage.database import Database, upgrade
from tests.api import sent, server
from tests.api.links import database_of
from tests.api.test_notes import as_user

SIZE = 400
CONTENT = random.Random(3).randbytes(SIZE)
Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["send", "lie", "cut", "overlong", "wrong checksum"]),
        st.integers(0, SIZE),
        st.integers(0, 90),
    ),
    max_size=14,
)


def taken(client: TestClient, who: dict[str, str], upload_id: str, step: Step, at: int) -> int:
    """Carries a step out; gives where the upload must stand then."""
    what, place, length = step
    piece = CONTENT[at : at + length]
    if what == "send":
        answer = sent.patch(client, who, upload_id, at, piece)
        assert answer.status_code == 204
        assert answer.headers["Upload-Offset"] == str(at + len(piece))
        return at + len(piece)
    if what == "lie" and place != at:
        assert sent.patch(client, who, upload_id, place, b"evil").status_code == 409
    if what == "cut":  # a writer that dies: its bytes lie in the file, and no row says so
        config = client.app.state.settings  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
        writer = upload_writer.UploadWriter(database_of(client), config, upload_id, "ann", offset=at)
        writer.open()
        writer.write(bytes(len(piece)))
        writer.close()
    if what == "overlong":
        assert sent.patch(client, who, upload_id, at, bytes(SIZE - at + 1)).status_code == 413
    if what == "wrong checksum":
        answer = sent.patch(client, who, upload_id, at, piece or b"x", upload_checksum="sha1 " + "A" * 27 + "=")
        assert answer.status_code in (413, 460)
    return at


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, dict[str, str]]]:
    data = tmp_path_factory.mktemp("offsets")
    upgrade(server.settings_of(data))
    with server.running(data) as client:
        yield client, as_user(client, "ann", "researcher")


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_the_offset_is_what_the_server_holds(running: tuple[TestClient, dict[str, str]], steps: list[Step]) -> None:
    client, who = running
    upload_id = sent.started(client, who, SIZE, "a.bin")
    at = 0
    for step in steps:
        if at == SIZE:
            break
        at = taken(client, who, upload_id, step, at)
        if at < SIZE:
            assert sent.offset(client, who, upload_id) == at
    sent.patch(client, who, upload_id, at, CONTENT[at:])
    assert sent.checked(client, who, upload_id).state == "refused"  # random bytes are nothing of ours
    assert client.delete(f"/api/v1/uploads/{upload_id}", headers=who).status_code == 204


def test_bytes_are_the_same_after_fifty_interruptions(tmp_path: Path) -> None:
    """Every writer ends in its middle: by a cut, by its process, or with the server."""
    chance, size = random.Random(50), 1_000_000
    content = b"study_id,patient_id,psa\n" + b"".join(b"s%07d,p,1.5\n" % n for n in range(size // 14))
    data = tmp_path / "data"
    data.mkdir()
    upgrade(server.settings_of(data))
    config = server.settings_of(data)
    with server.running(data) as client:
        who = as_user(client, "ann", "researcher")
        sha256 = hashlib.sha256(content).hexdigest()
        upload_id = str(sent.start(client, who, len(content), filename="a.csv", sha256=sha256).json()["id"])
    at = 0
    for _ in range(50):
        database = Database(config)
        writer = upload_writer.UploadWriter(database, config, upload_id, "ann", offset=at)
        writer.open()
        end = at
        for _ in range(chance.randrange(1, 4)):
            piece = content[end : min(end + chance.randrange(1, 10_000), len(content) - 1)]
            writer.write(piece)
            end += len(piece)
            if chance.random() < 0.5:
                at = writer.record()
                assert at == end
        writer.close()  # what was not recorded is lost, and nothing else
        database.close()
    assert 100_000 < at < len(content)
    with server.running(data) as client:
        who = as_user(client, "ann", "researcher")
        assert sent.offset(client, who, upload_id) == at
        assert sent.patch(client, who, upload_id, at, content[at:]).status_code == 204
        found = sent.checked(client, who, upload_id)
        assert (found.state, found.kind) == ("ready", "table"), found.sentence
        assert (data / "uploads" / upload_id / "file" / "a.csv").read_bytes() == content

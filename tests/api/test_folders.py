"""Folders that imports may read: what they hold is said, and nothing outside them is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.jobs.planning import folder_listing
from shared import schemas as s
from tests.api import server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for path in (
        "studies/1/1_t2w.nii.gz",
        "studies/1/1_adc.nii.gz",
        "studies/2/a.dcm",
        "marksheet.csv",
        "w.pth",
        ".key",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"12345")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "passwords.csv").write_text("x")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "out.csv").symlink_to(tmp_path / "secret" / "passwords.csv")
    (root / "circle").symlink_to(root / "circle")
    (root / "inside").symlink_to(root / "studies")
    return root


@pytest.fixture
def client(tmp_path: Path, root: Path) -> Iterator[TestClient]:
    roots = [root, root / "studies", tmp_path / "not-there"]
    with server.running(tmp_path / "data", import_roots=roots) as client:
        yield client


def listed(client: TestClient, path: str | None, role: s.Role = "researcher") -> s.Folder:
    query = {} if path is None else {"path": path}
    answer = client.get("/api/v1/folders", params=query, headers=server.bearer(client, role))
    assert answer.status_code == 200, answer.text
    return s.Folder.model_validate(answer.json())


def test_a_folder_says_what_it_holds(client: TestClient, root: Path) -> None:
    top = listed(client, None)
    assert [(one.path, one.is_folder) for one in top.entries] == [(str(root), True)]
    here = listed(client, str(root))
    assert (here.path, here.parent) == (str(root), None)
    assert [(one.name, one.kind, one.n_bytes) for one in here.entries if not one.is_folder] == [
        ("marksheet.csv", "table", 5),
        ("w.pth", "checkpoint", 5),
    ]
    studies = next(one for one in here.entries if one.name == "studies")
    assert (studies.n_files, studies.kinds, studies.more) == (3, {"image": 3}, False)
    assert listed(client, str(root / "studies")).parent == str(root)


def test_what_lies_outside_is_neither_shown_nor_counted(client: TestClient, root: Path, tmp_path: Path) -> None:
    names = {one.name for one in listed(client, str(root)).entries}
    assert names == {"studies", "marksheet.csv", "w.pth"}
    assert listed(client, None).entries[0].kinds == {"checkpoint": 1, "image": 3, "table": 1}
    for path in (
        *(
            "/",
            "/etc",
            str(tmp_path),
            str(tmp_path / "secret"),
            str(root / "out"),
            str(root / ".."),
            f"{root}/../secret",
        ),
        *(str(root / "studies" / ".." / ".." / "secret"), f"{root}x", "", "relative", "upload:" + "0" * 32),
    ):
        answer = client.get("/api/v1/folders", params={"path": path}, headers=server.bearer(client, "admin"))
        assert answer.status_code in (403, 404), (path, answer.text)
        assert "passwords" not in answer.text
    for path in (str(root / "marksheet.csv"), str(root / "circle"), f"{root}\0"):
        answer = client.get("/api/v1/folders", params={"path": path}, headers=server.bearer(client, "admin"))
        assert answer.status_code == 422, path
    viewer = client.get("/api/v1/folders", headers=server.bearer(client, "viewer"))
    assert viewer.status_code == 403


def test_a_look_is_bounded(client: TestClient, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_listing, "LOOKED_AT", 2)
    monkeypatch.setattr(folder_listing, "LISTED", 1)
    here = listed(client, str(root))
    assert (len(here.entries), here.n_entries) == (1, 3)
    assert here.entries[0].more

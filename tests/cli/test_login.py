"""Users are made, given a role and signed out on the command line, and may do what their role says."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.api import server
from tests.cli.running import called, run_json

WRITES = {
    "/jobs": {"params": {"kind": "synth_tables", "cohort": "sample", "patients": 20}},
    "/jobs/none/cancel": None,
    "/cases/none/decisions": {"decision": "exclude"},
    "/shares": {"analysis_id": "none"},
    "/shares/none/revoke": None,
}


def signed(folder: Path, *words: str) -> dict[str, str]:
    made = run_json("login", *words, "--token", data_dir=folder)
    assert isinstance(made, dict)
    return {"Authorization": f"Bearer {made['token']}"}


def statuses(client: TestClient, header: dict[str, str]) -> set[int]:
    return {client.post(f"/api/v1{path}", json=body, headers=header).status_code for path, body in WRITES.items()}


def test_a_viewer_reads_and_changes_nothing_and_a_researcher_writes(tmp_path: Path) -> None:
    viewer = signed(tmp_path, "--user", "anna", "--role", "viewer")
    researcher = signed(tmp_path, "--user", "ben", "--role", "researcher")
    with server.running(tmp_path) as client:
        me = client.get("/api/v1/me", headers=viewer).json()
        assert (me["name"], me["role"]) == ("anna", "viewer")
        assert client.get("/api/v1/cohorts", headers=viewer).status_code == 200
        assert statuses(client, viewer) == {403}
        assert statuses(client, researcher) == {202, 404}
        again = signed(tmp_path, "--user", "anna", "--role", "researcher")
        for header in (viewer, again):  # the role is the user's, not the token's
            assert client.get("/api/v1/me", headers=header).json()["role"] == "researcher"
        kept = signed(tmp_path, "--user", "anna")
        assert client.get("/api/v1/me", headers=kept).json()["role"] == "researcher"


def test_a_user_is_signed_out_everywhere_at_once_and_nobody_else(tmp_path: Path) -> None:
    link = run_json(
        "login", "--user", "anna", "--role", "viewer", "--base-url", "https://lens.example/", data_dir=tmp_path
    )
    opened = run_json("login", "--user", "anna", data_dir=tmp_path)
    assert isinstance(link, dict)
    assert isinstance(opened, dict)
    assert link["url"].startswith("https://lens.example/login#")
    token, other = signed(tmp_path, "--user", "anna"), signed(tmp_path, "--user", "ben", "--role", "viewer")
    with server.running(tmp_path) as client:
        assert client.post("/api/v1/session", json={"token": opened["url"].partition("#")[2]}).status_code == 200
        done = called("login", "--revoke", "anna", data_dir=tmp_path)
        assert (done.returncode, done.stdout) == (0, "anna is signed out; 3 tokens ended.\n")
        assert client.get("/api/v1/me").status_code == 401  # the browser's session
        client.cookies.clear()
        assert client.get("/api/v1/me", headers=token).status_code == 401
        assert client.post("/api/v1/session", json={"token": link["url"].partition("#")[2]}).status_code == 401
        assert client.get("/api/v1/me", headers=other).status_code == 200


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--user", "anna"), "There is no user 'anna' yet; say with --role"),
        (("--role", "viewer"), "--role is for a user; name one with --user."),
        (("--user", "owner", "--role", "viewer"), "The owner of this server is its admin"),
        (("--revoke", "nobody"), "There is no user 'nobody'"),
        (("--revoke", "anna", "--token"), "--revoke ends what a user has"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    done = called("login", *words, data_dir=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1

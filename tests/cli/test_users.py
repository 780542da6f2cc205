"""Users and tokens on the command line: invited, given a role, locked out, let in again; tokens made and ended."""

from pathlib import Path

import pytest

from tests.api import server
from tests.api.people import GOOD, ME, accept, sign_in, who
from tests.cli.running import called, run_json


def test_a_user_is_invited_given_a_role_locked_out_and_let_in_again(tmp_path: Path) -> None:
    made = run_json("users", "add", "ann", "--role", "viewer", "--base-url", "https://lens.example/", data_dir=tmp_path)
    assert isinstance(made, dict)
    assert made["url"].startswith("https://lens.example/join#")
    assert made["url"].endswith(".ann")
    newer = run_json("users", "invite", "ann", "--days", "2", data_dir=tmp_path)
    assert isinstance(newer, dict)
    secrets = [url.partition("#")[2].partition(".")[0] for url in (made["url"], newer["url"])]
    with server.running(tmp_path) as client:
        assert [accept(client, secret) for secret in secrets] == [401, 200]
        assert who(client) == ("ann", "viewer")
        assert called("users", "role", "ann", "researcher", data_dir=tmp_path).stdout == "ann is researcher now.\n"
        assert client.get(ME).json()["role"] == "researcher"
        listed = called("users", "list", data_dir=tmp_path).stdout
        assert "ann" in listed
        assert "password" in listed
        ended = called("users", "end", "ann", data_dir=tmp_path)
        assert ended.stdout == "ann is locked out; 1 sessions, tokens and links ended.\n"
        assert client.get(ME).status_code == 401
        assert called("login", "--user", "ann", data_dir=tmp_path).returncode == 1
        assert sign_in(client, "ann", GOOD) == 401
        assert called("users", "enable", "ann", data_dir=tmp_path).returncode == 0
        assert sign_in(client, "ann", GOOD) == 200
    users = run_json("users", "list", data_dir=tmp_path)
    assert isinstance(users, list)
    assert [(one["name"], one["role"], one["has_password"], one["disabled"]) for one in users] == [
        ("ann", "researcher", True, False)
    ]


def test_a_token_is_made_listed_without_its_secret_and_ended(tmp_path: Path) -> None:
    run_json("users", "add", "ann", "--role", "researcher", data_dir=tmp_path)
    made = run_json("tokens", "add", "night", "--user", "ann", "--scope", "read", "--days", "3", data_dir=tmp_path)
    assert isinstance(made, dict)
    with server.running(tmp_path) as client:
        bearer = {"Authorization": f"Bearer {made['token']}"}
        assert who(client, bearer) == ("ann", "viewer")
        listed = called("tokens", "list", data_dir=tmp_path).stdout
        assert made["token"] not in listed
        assert [part in listed for part in (made["id"], "ann", "read", "night")] == [True] * 4
        assert "invitation" in called("tokens", "list", "--user", "ann", "--sessions", data_dir=tmp_path).stdout
        assert called("tokens", "end", made["id"], data_dir=tmp_path).returncode == 0
        assert client.get(ME, headers=bearer).status_code == 401
    assert run_json("tokens", "list", data_dir=tmp_path) == []
    owners = run_json("tokens", "add", "mine", data_dir=tmp_path)
    assert isinstance(owners, dict)
    assert owners["user"] == "owner"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("users", "add", "owner"), "There is a user 'owner' already"),
        (("users", "add", "local"), "A user's name has up to 80 letters"),
        (("users", "role", "nobody", "viewer"), "There is no user 'nobody'"),
        (("users", "end", "nobody"), "There is no user 'nobody'"),
        (("tokens", "add", "x", "--user", "nobody"), "There is no user 'nobody'"),
        (("tokens", "end", "none"), "There is no such sign-in"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    done = called(*words, data_dir=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1

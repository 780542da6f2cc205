"""Links made, listed and withdrawn on the command line open in a browser until they are withdrawn."""

import json
import sqlite3
from contextlib import closing

from tests.api import server
from tests.cli.running import called, run_json


def test_a_link_is_made_opened_listed_and_withdrawn(own: server.Filled) -> None:
    made = run_json(
        "share", "create", own.analysis_id, "--label", "ward round", "--days", "3",
        "--with-pictures", "--base-url", "https://lens.example/", "--from", "Dr Weber",
        "--title", "For Thursday", "--message", "Does this fit?", data_dir=own.folder,
    )  # fmt: skip
    assert isinstance(made, dict)
    assert made["url"].startswith("https://lens.example/s#")
    with server.running(own.folder) as browser:
        assert browser.post("/api/v1/shares/open", json={"token": made["url"].partition("#")[2]}).status_code == 204
        view = browser.get("/api/v1/shared").json()
        assert view["expires_in_days"] == 3
        page = view["page"]
        assert [page[name] for name in ("sender", "title", "message")] == ["Dr Weber", "For Thursday", "Does this fit?"]
        assert all(case["stack"]["image"] for case in page["pair"]["cases"])
        listed = run_json("share", "list", data_dir=own.folder)
        assert isinstance(listed, list)
        assert [(share["id"], share["opened"], share["label"]) for share in listed] == [(made["id"], 1, "ward round")]
        done = called("share", "revoke", made["id"], data_dir=own.folder)
        assert (done.returncode, done.stdout) == (0, f"The link {made['id']} opens nothing any more.\n")
        assert browser.get("/api/v1/shared").status_code == 404
    assert " revoked " in called("share", "list", data_dir=own.folder).stdout


def test_an_unknown_analysis_or_link_is_one_sentence(own: server.Filled) -> None:
    for arguments in (("share", "create", "none"), ("share", "revoke", "none")):
        done = called(*arguments, data_dir=own.folder)
        assert done.returncode == 1
        assert done.stderr.startswith("There is no such")
        assert done.stderr.count("\n") == 1


def test_a_link_with_passphrase_and_limit(own: server.Filled) -> None:
    asked = ("share", "create", own.analysis_id, "--passphrase", "--max-views", "1", "--json")
    short = called(*asked, data_dir=own.folder, stdin="short\n")
    assert (short.returncode, "--passphrase" in short.stderr) == (2, True)
    made = json.loads(called(*asked, data_dir=own.folder, stdin="long enough\n").stdout)
    token = {"token": made["url"].partition("#")[2]}
    with server.running(own.folder) as browser:
        assert browser.post("/api/v1/shares/open", json=token).status_code == 404
        for code in (204, 404):
            answer = browser.post("/api/v1/shares/open", json=token | {"passphrase": "long enough"})
            assert answer.status_code == code
    assert "opened 1 of 1x" in called("share", "list", data_dir=own.folder).stdout


def test_a_damaged_link_is_listed_and_can_be_withdrawn(own: server.Filled) -> None:
    made = [run_json("share", "create", own.analysis_id, data_dir=own.folder)["id"] for _ in range(2)]  # type: ignore[index,call-overload]  # JSON
    with closing(sqlite3.connect(own.folder / "radiomiclens.sqlite")) as database, database:
        database.execute("UPDATE shares SET snapshot = '{' WHERE id = ?", (made[0],))
    listed = called("share", "list", data_dir=own.folder)
    assert listed.returncode == 0
    assert [each in listed.stdout for each in made] == [True, True]
    assert "damaged" in listed.stdout
    checked = called("db", "check", data_dir=own.folder).stdout
    assert f"1 stored value of the table shares ({made[0]}) does not match the checksum" in checked
    assert called("share", "revoke", made[0], data_dir=own.folder).returncode == 0

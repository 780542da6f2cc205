"""`radiomiclens quotas`: listed, set and taken back on a data folder without a server."""

from pathlib import Path

from tests.cli.running import called, run_json


def test_quotas_are_set_listed_and_taken_back(tmp_path: Path) -> None:
    assert called("login", "--user", "ann", "--role", "researcher", data_dir=tmp_path).returncode == 0
    assert (
        "The user ann may take 2 jobs" in called("quotas", "set", "user", "ann", "--jobs", 2, data_dir=tmp_path).stdout
    )
    assert called("quotas", "set", "project", "default", "--disk-mb", 500, data_dir=tmp_path).returncode == 0
    found = {(one["kind"], one["name"]): one for one in run_json("quotas", "list", data_dir=tmp_path)}
    assert (found["user", "ann"]["limit"], found["project", "default"]["limit"]) == (2, 500)
    assert "ann                       0 jobs of 2\n" in called("quotas", "list", data_dir=tmp_path).stdout
    wrong = called("quotas", "set", "user", "ann", "--disk-mb", 2, data_dir=tmp_path)
    assert (wrong.returncode, wrong.stderr) == (1, "Say with --jobs how much the user may take.\n")
    assert called("quotas", "end", "user", "ann", data_dir=tmp_path).returncode == 0
    gone = called("quotas", "end", "user", "ann", data_dir=tmp_path)
    assert (gone.returncode, "the settings decide" in gone.stderr) == (1, True)

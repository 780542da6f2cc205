"""Commands on a data folder without a server; their jobs run as processes of their own."""

import json
from pathlib import Path

import pytest

from backend.science.synthetic.tables import synth_tables
from backend.settings import Settings
from backend.storage.database import upgrade
from tests.cli.running import called
from tests.jobs import tiny


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RADIOMICLENS_EXECUTOR", "inline")

    def call(*words: object, code: int = 0) -> str:
        done = called(*words, data_dir=tmp_path / "data")
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    return call


@pytest.fixture
def tables(tmp_path: Path) -> list[object]:
    drawn = synth_tables(30, k_per_modality=18, d=8, seed=0)
    words: list[object] = []
    for name in ("pre", "ft", "radiomics", "clinical"):
        getattr(drawn, name).to_csv(tmp_path / f"{name}.csv", index=False)
        words += [f"--{name}", tmp_path / f"{name}.csv"]
    return words


def test_tables_are_imported_and_analysed_without_a_server(call, tables, tmp_path) -> None:
    assert "30 accepted, 0 rejected." in call("import", "tables", "--cohort", "mine", *tables)
    lens = ("analyze", "mine", "--task", "pirads", "--roi", "gland", "--hidden", 4, "--epochs", 2, "--paper-only")
    queued = call(*lens)
    assert "queued as" in queued
    waited = json.loads(call(*lens, "--wait", "--json"))
    assert (waited["state"], waited["result"]["cached"]) == ("done", True), "the queued one ran first"
    listed = json.loads(call("jobs", "list", "--json"))
    assert [job["state"] for job in listed] == ["done"] * 3
    assert "answer" in call("jobs", "logs", waited["id"])
    assert waited["title"] in call("jobs", "show", waited["id"])
    assert "can be retried" in call("jobs", "retry", waited["id"], code=1)
    assert call("backup", tmp_path / "b.tar") == "b.tar holds the database and 0 files.\n"
    back = call("restore", tmp_path / "b.tar", "--data-dir", tmp_path / "restored")
    assert back == "The database and 0 files are back; every file and checksum matches.\n"
    assert json.loads(call("jobs", "list", "--json", "--data-dir", tmp_path / "restored"))[0]["id"] == waited["id"]


def test_studies_are_imported_with_a_line_each(call, tmp_path) -> None:
    tiny.write_studies(tmp_path / "studies", 3)
    (tmp_path / "studies" / "002" / "002_5001_gland.nii.gz").unlink()
    said = call("import", "cases", tmp_path / "studies", "--cohort", "tiny")
    assert "2 accepted, 1 rejected." in said
    assert "rejected  002_5001" in said
    assert "no gland mask" in said
    assert "accepted  001_5000, gland" in said
    assert "already" in call("import", "cases", tmp_path / "studies", "--cohort", "tiny", code=1)


def test_refusals_are_one_sentence_and_exit_code_1(call, tmp_path) -> None:
    assert "no cohort 'x'" in call("extract", "x", code=1)
    assert "no folder" in call("import", "cases", tmp_path / "none", "--cohort", "y", code=1)
    assert "no job 'z'" in call("jobs", "show", "z", code=1)
    assert "newest schema" in call("db", "upgrade")
    assert call("jobs", "list") == "There are no jobs yet.\n"


def test_a_fine_tuning_takes_any_target_of_the_protocol_and_names_those_there_are(call, tmp_path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    upgrade(settings)
    tiny.store_studies(settings, 4)
    refused = call("finetune", "tiny", "--task", "grade", code=2)
    assert "has no target 'grade'; there is pirads, lesion_seg, volume" in refused

"""`protocol list | show | check`."""

import re
from pathlib import Path

import pytest
import yaml

from shared.protocols.reader import BUILT_IN, built_in
from shared.schemas.protocol import Protocol
from tests.cli.running import called, run_json
from tests.ingest.protocol_folders import write_ct
from tests.jobs.tiny import FIRST_ORDER


def test_the_built_in_ones_are_listed() -> None:
    listed = run_json("protocol", "list")
    assert isinstance(listed, list)
    assert [line["name"] for line in listed] == list(BUILT_IN)
    assert listed[1]["modalities"] == ["T1ce", "FLAIR", "T1", "T2"]
    assert "lung-ct           CT of the chest" in called("protocol", "list").stdout


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_show_prints_is_that_protocol(name: str, tmp_path: Path) -> None:
    shown = called("protocol", "show", name).stdout
    assert Protocol.model_validate(yaml.safe_load(shown)) == built_in(name)
    assert Protocol.model_validate(run_json("protocol", "show", name)) == built_in(name)
    (tmp_path / "own.yaml").write_text(shown.replace(f"name: {name}", "name: own", 1), "utf-8")
    checked = called("protocol", "check", tmp_path / "own.yaml")
    assert (checked.returncode, checked.stdout.startswith("good     own: modalities ")) == (0, True)


def test_check_says_every_mistake(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: Mine\nmodalities: [{name: CT}]\n", "utf-8")
    done = called("protocol", "check", file)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "mistake  mine.yaml: name is 'Mine'; write 1 to 24 small letters, digits or hyphens.",
        "mistake  mine.yaml: grid is missing; add it.",
    ]
    told = called("protocol", "check", file, "--json")
    assert (told.returncode, '"protocol": null' in told.stdout) == (1, True)


def test_show_refuses_what_is_not_there(tmp_path: Path) -> None:
    done = called("protocol", "show", "heart")
    assert done.returncode == 1
    assert done.stderr.startswith("There is no protocol 'heart'; built in are prostate-mpmri, brain-glioma-mri")
    done = called("protocol", "show", tmp_path / "none.yaml")
    assert done.stderr == "The protocol none.yaml cannot be read (No such file or directory); check the path.\n"
    (tmp_path / "latin.yaml").write_bytes(b"name: \xff")
    assert "is not UTF-8 text" in called("protocol", "show", tmp_path / "latin.yaml").stderr


def test_a_folder_is_imported_and_measured_by_a_protocol_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADIOMICLENS_EXECUTOR", "inline")
    write_ct(tmp_path / "ct")
    own = called("protocol", "show", "lung-ct").stdout.replace("name: lung-ct", "name: mine")
    own = own.replace("name: CT", "name: HU")
    (tmp_path / "mine.yaml").write_text(own, "utf-8")
    (tmp_path / "quick.yaml").write_text(FIRST_ORDER, "utf-8")
    data = tmp_path / "data"
    asked = ("--protocol", tmp_path / "mine.yaml")
    refused = called("import", "cases", tmp_path / "ct", "--cohort", "a", *asked, data_dir=data)
    assert refused.stderr.startswith("mine.yaml: intensity names 'CT'; there is HU.")
    (tmp_path / "mine.yaml").write_text(re.sub(r"\bCT\b(?=:|\])", "HU", own), "utf-8")
    looked = called("import", "preview", tmp_path / "ct", *asked, data_dir=data)
    assert "HU c0.nrrd, nodule m0.nrrd" in looked.stdout, looked.stderr
    done = called("import", "cases", tmp_path / "ct", "--cohort", "a", *asked, data_dir=data)
    assert "2 accepted, 0 rejected." in done.stdout, done.stderr
    measured = called("extract", "a", "--settings", tmp_path / "quick.yaml", "--wait", data_dir=data)
    assert measured.returncode == 0, measured.stderr
    refused = called("extract", "a", "--roi", "gland", data_dir=data)
    assert refused.stderr == "The protocol mine has no region 'gland'; there is nodule, lung.\n"
    assert refused.returncode == 2

"""`import preview` and `import cases` with every decision a person can take, on small studies as they are sent."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
import SimpleITK as sitk
from typer.testing import CliRunner

from backend.cli.main import app
from backend.errors import RadiomicLensError
from backend.ingest.cohort import ingest
from backend.jobs.planning import import_preview
from tests.ingest.files import box, write_dicom_study, write_series, write_study

T2 = ["ORIGINAL", "PRIMARY", "M"]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DICOM study under a person's name with two T2 series, and one of files that changed after the sender's list."""
    folder = tmp_path_factory.mktemp("sent")
    write_dicom_study(folder / "one", "Jansen", "19610203")
    write_series(folder / "one" / "dicom" / "5-t2", 5, "t2_tse_tra_repeat", T2)
    write_series(folder / "one" / "dicom" / "1-loc", 1, "localizer", ["ORIGINAL", "PRIMARY", "M"], slices=3)
    write_study(folder / "two", "200", "9")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}" for path in files]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    sitk.WriteImage(box((5, 5, 2), (19, 17, 7)), str(folder / "two" / "200_9_gland.nii.gz"))
    return folder


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command in this process, jobs included; gives what it printed, or its refusal."""
    monkeypatch.setenv("RADIOMICLENS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RADIOMICLENS_EXECUTOR", "inline")

    def run(*words: object, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["import", *map(str, words)])
        if code:
            assert isinstance(done.exception, RadiomicLensError)
            return done.exception.sentence
        assert done.exception is None, done.stderr
        return done.stdout

    return run


def test_a_look_before_the_import_tells_the_series_and_what_needs_a_decision(call, sent: Path) -> None:
    found = json.loads(call("preview", sent, "--json"))
    assert found["studies"] == 2
    assert "among the ids" in found["identifiers"][0]
    assert "Jansen" not in json.dumps(found["identifiers"])
    study = next(each for each in found["shown"] if each["series"])
    assert {each["modality"]: each["series"] for each in study["series"]} == {"T2": "5", "DWI": "8", "ADC": "7"}
    why = {each["series"]: each["why"] for each in study["series"][0]["candidates"]}
    assert why["1"] == "a localizer"
    assert "b = 1400" in why["8"]


def test_a_look_prints_every_series_and_what_is_undecided(call, tmp_path: Path) -> None:
    write_dicom_study(tmp_path / "one", "300", "9")
    write_series(tmp_path / "one" / "dicom" / "5-t2", 5, "t2_tse_tra", T2)
    write_series(tmp_path / "one" / "dicom" / "9-exp", 9, "eADC", ["DERIVED", "SECONDARY", "OTHER"])
    said = call("preview", tmp_path)
    assert "          T2: undecided. Series 4 and 5 fit T2 equally (named T2, axial; axial, 1 x 1 mm, " in said
    assert "          DWI: series 8: computed diffusion image with the highest b-value, 1400 s/mm2\n" in said
    assert (
        "          series 9         -    an exponential map, no ADC; axial, 1 x 1 mm, 24 x 22, 9 slices over 24 mm; "
        "ImageType DERIVED SECONDARY OTHER; named eadc\n"
    ) in said
    found = json.loads(call("preview", tmp_path, "--json"))["shown"][0]
    assert {each["series"]: each["taken_as"] for each in found["candidates"]} == {
        "4": "", "5": "", "7": "ADC", "8": "DWI", "9": ""
    }  # fmt: skip
    assert list(found["undecided"]) == ["T2"]
    (refused,) = ingest(tmp_path)
    assert refused.code == "series_undecided"
    assert refused.reason.startswith("case 300_9: series 4 and 5 fit T2 equally")
    assert refused.reason.endswith("; name one with --series, or in the import form.")


def test_pairs_name_series_of_a_folder_of_one_study(call, tmp_path: Path) -> None:
    write_dicom_study(tmp_path / "one", "300", "9")
    write_series(tmp_path / "one" / "dicom" / "5-t2", 5, "t2_tse_tra", T2)
    pairs = ("--series", "t2=5", "--series", "ADC=diff_adc")
    found = json.loads(call("preview", tmp_path, *pairs, "--json"))["shown"][0]
    assert {each["modality"]: each["series"] for each in found["series"]} == {"T2": "5", "DWI": "8", "ADC": "7"}
    assert [each["overridden"] for each in found["series"]] == [True, True, False]
    cases = json.loads(call("cases", tmp_path, "--cohort", "clinic", *pairs, "--json"))["cases"]
    assert [case["status"] for case in cases] == ["accepted"]
    assert "T2=SERIES" in call("preview", tmp_path, "--series", "5", code=1)
    assert "and not both" in call("preview", tmp_path, "--series", "T2=5", "--series", "5", code=1)
    assert "--series T1=5 is no pair of its own" in call("preview", tmp_path, "--series", "T1=5", code=1)
    assert "write each of T2, DWI, ADC once" in call("preview", tmp_path, *pairs, "--series", "T2=4", code=1)
    write_dicom_study(tmp_path / "two", "301", "9")
    assert call("preview", tmp_path, *pairs, code=1) == (
        f"--series T2=... names a series of one study, and {tmp_path.name} holds 2 studies; give a table of study_id, "
        "T2, DWI, ADC."
    )


def test_a_look_lasts_no_longer_than_its_time(call, sent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_preview, "SECONDS", 0.5, raising=False)
    found = json.loads(call("preview", sent, "--json"))
    assert (found["studies"], len(found["shown"])) == (2, 2)
    assert [study["series"] for study in found["shown"]] == [[], []]


def test_names_stop_an_import_and_decisions_are_followed_to_the_stored_case(call, sent: Path, tmp_path: Path) -> None:
    refused = call("cases", sent, "--cohort", "clinic", code=1)
    assert "--ids keep" in refused
    assert "Jansen" not in refused
    with (tmp_path / "series.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["study_id", "T2"], ["Jansen_19610203", "4"]])
    said = call(
        "cases", sent, "--cohort", "clinic", "--ids", "pseudonymise", "--checksums", sent / "SHA256SUMS",
        "--series", tmp_path / "series.csv", "--json",
    )  # fmt: skip
    assert "Jansen" not in said
    assert "19610203" not in said
    cases = {case["status"]: case for case in json.loads(said)["cases"]}
    assert cases["rejected"]["code"] == "checksum"
    assert "SHA-256 differs" in cases["rejected"]["reason"]
    kept = cases["accepted"]
    assert kept["patient_id"].startswith("P")
    chosen = [each["sentence"] for each in kept["findings"] if each["code"] == "series_chosen"]
    assert any("series 4: named for T2 by the importer" in sentence for sentence in chosen)
    assert "unverifiable" not in {each["code"] for each in kept["findings"]}
    quality = json.loads(said)["quality"]
    assert quality["integrity"] == {"manifest": 1}

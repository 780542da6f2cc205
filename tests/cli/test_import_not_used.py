"""`import cases` and `import preview` list what they did not use, and refuse options that would not hold."""

import csv
import json
from pathlib import Path

import pytest
import SimpleITK as sitk
from typer.testing import CliRunner

from backend.cli.main import app
from backend.errors import RadiomicLensError
from tests.ingest.files import box, volume, write_dicom_study, write_study


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command in this process, jobs included; gives what it printed, or its refusal."""
    monkeypatch.setenv("RADIOMICLENS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RADIOMICLENS_EXECUTOR", "inline")

    def run(*words: object, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["import", *map(str, words)])
        if code:
            assert isinstance(done.exception, RadiomicLensError)
            return done.exception.sentence.removeprefix("Import the images of a failed: ")
        assert done.exception is None, done.stderr
        return done.stdout

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study with two files and a column that nothing reads."""
    folder = tmp_path / "sent"
    write_study(folder / "one", "200", "9")
    (folder / "one" / "200_9_cor.mha").write_bytes(b"x")
    (folder / "notes.txt").write_text("x")
    (folder / "._notes.txt").write_text("x")
    (folder / "clinical.csv").write_text(f"study_id,patient_id,pirads,remark\n9,200,4,{'seen again ' * 6}\n")
    return folder


SENTENCE = "Not used: 2 files (notes.txt, one/200_9_cor.mha), 1 column (remark (free text))."


def test_every_answer_lists_what_was_not_used(call, folder: Path) -> None:
    assert SENTENCE in call("preview", folder).splitlines()
    looked = json.loads(call("preview", folder, "--json"))["not_used"]
    assert looked["sentence"] == SENTENCE
    assert SENTENCE in call("cases", folder, "--cohort", "a").splitlines()
    told = json.loads(call("cases", folder, "--cohort", "b", "--json"))
    assert told["not_used"] == told["quality"]["not_used"] == looked
    assert looked == {
        "files": 2,
        "file_names": ["notes.txt", "one/200_9_cor.mha"],
        "columns": 1,
        "column_names": ["remark (free text)"],
        "sentence": SENTENCE,
    }


def test_nothing_is_said_where_everything_was_used(call, tmp_path: Path) -> None:
    write_study(tmp_path / "sent", "200", "9")
    assert "Not used" not in call("cases", tmp_path / "sent", "--cohort", "a")


def test_names_are_kept_to_a_number_and_never_where_ids_are_replaced(call, folder: Path) -> None:
    for number in range(30):
        (folder / f"more{number:02d}.txt").write_text("x")
    (folder / "mask of Jansen.txt").write_text("x")
    told = json.loads(call("preview", folder, "--json"))["not_used"]
    assert (told["files"], len(told["file_names"])) == (33, 19)  # of the first twenty one may be a person's
    assert "Jansen" not in json.dumps(told)
    assert told["sentence"].startswith(
        "Not used: 33 files (more00.txt, more01.txt, more02.txt, more03.txt, more04.txt and"
    )
    replaced = call("cases", folder, "--cohort", "b", "--ids", "pseudonymise", "--json")
    assert json.loads(replaced)["not_used"]["file_names"] == []
    assert "more00" not in replaced


def test_names_of_codes_hold_or_are_refused_with_the_layout(call, folder: Path) -> None:
    sentence = call("cases", folder, "--cohort", "a", "--zones", "1=TZ,2=PZ", code=1)
    assert sentence == (
        "Names are given for zone codes, but no study has a zones mask or label map (layout auto); leave them out."
    )
    described = {"channel_names": {"0": "T2", "1": "HBV", "2": "ADC"}, "labels": {"PZ": 1, "TZ": 2}}
    root = folder.parent / "nnunet"
    (root / "imagesTr").mkdir(parents=True)
    (root / "labelsTr").mkdir()
    (root / "dataset.json").write_text(json.dumps(described))
    (root / "imagesTr" / "1_5_0000.nii.gz").touch()
    (root / "labelsTr" / "1_5.nii.gz").touch()
    sentence = call("cases", root, "--cohort", "a", "--zones", "1=TZ,2=PZ", code=1)
    assert sentence == (
        "The names given for zone codes are not those of the data set (layout nnunet: 1 = PZ, 2 = TZ); leave them out, "
        "or correct its description."
    )


def test_a_series_is_refused_where_there_is_one_file(call, folder: Path) -> None:
    with (folder.parent / "series.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["study_id", "T2"], ["200_9", "4"]])
    sentence = call("cases", folder, "--cohort", "a", "--series", folder.parent / "series.csv", code=1)
    assert sentence == (
        "A series is named for T2 of 200_9, where the layout auto has one file; only DICOM studies and BIDS with "
        "several files leave a choice."
    )


def test_slices_of_a_dicom_study_are_used_and_masks_of_nobody_are_not(call, tmp_path: Path) -> None:
    write_dicom_study(tmp_path / "sent" / "one", "200", "9")
    (tmp_path / "sent" / "gland.nii.gz").write_bytes(b"x")
    told = json.loads(call("preview", tmp_path / "sent", "--json"))["not_used"]
    assert told["sentence"] == "Not used: 1 file (gland.nii.gz)."


def test_an_import_without_a_usable_study_says_the_first_reason_and_how_much_was_not_read(call, folder: Path) -> None:
    (folder / "one" / "200_9_hbv.mha").unlink()
    assert call("cases", folder, "--cohort", "a", code=1) == (
        "The only study could not be used; Data lists the reason of each, the first: case 200_9: there is no DWI file; "
        "the encoder reads T2, DWI and ADC together, so add it (Not used: 2 files)."
    )


def test_a_list_of_sums_that_names_no_file_of_the_folder_is_refused(call, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  elsewhere/a.mha\n")
    sentence = call("cases", folder, "--cohort", "a", "--checksums", tmp_path / "SHA256SUMS", code=1)
    assert sentence == (
        "The list of sums SHA256SUMS names no file of the folder; paths in it are relative to the list, so put it "
        "beside the studies, or leave it out."
    )


def test_another_file_of_a_bids_study_is_named_in_the_table_of_series(call, tmp_path: Path) -> None:
    where = tmp_path / "sent" / "sub-1"
    where.mkdir(parents=True)
    for seed, name in enumerate(("T2w", "desc-late_T2w", "dwi", "adc")):
        sitk.WriteImage(volume(seed=seed), str(where / f"sub-1_{name}.nii.gz"))
    sitk.WriteImage(box((4, 4, 1), (20, 18, 8)), str(where / "sub-1_label-gland_mask.nii.gz"))
    (tmp_path / "series.csv").write_text("study_id,T2\n1,sub-1_desc-late_T2w.nii.gz\n")
    said = call("cases", tmp_path / "sent", "--cohort", "a", "--series", tmp_path / "series.csv", "--json")
    (case,) = json.loads(said)["cases"]
    assert "T2 is sub-1_desc-late_T2w.nii.gz: named by the importer, one of 2 files (also sub-1_T2w.nii.gz)." in [
        finding["sentence"] for finding in case["findings"]
    ]

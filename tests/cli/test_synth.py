"""`radiomiclens synth` as a user types it."""

import json
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from backend.cli.synth import synth
from backend.errors import BadSettings, Conflict, NotFound

SMALL = ["--spacing", "1,1,3", "--size", "96,96,20"]


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(synth)
    return CliRunner().invoke(app, list(arguments))


def test_writes_a_cohort_and_says_what_is_in_it(tmp_path: Path) -> None:
    result = run(str(tmp_path / "new"), "--cases", "2", *SMALL)
    assert result.exit_code == 0
    assert "Wrote 2 studies of 2 patients to new (seed 0): PI-RADS" in result.stdout
    assert "2/2" in result.stderr
    assert len(list((tmp_path / "new").rglob("*_t2w.mha"))) == 2


def test_json_is_the_only_output_when_asked_for(tmp_path: Path) -> None:
    result = run(str(tmp_path / "new"), "--cases", "1", "--seed", "4", *SMALL, "--json")
    summary = json.loads(result.stdout)
    assert summary["cases"] == 1
    assert summary["seed"] == 4
    assert result.stderr == ""


def test_tables_are_what_analyze_tables_reads_with_the_answer_beside(tmp_path: Path) -> None:
    result = run(str(tmp_path / "t"), "--cases", "20", "--tables", "planted", "--repeated", "0.5", "--json")
    assert json.loads(result.stdout) == {
        "directory": "t",
        "cases": 30,
        "patients": 20,
        "features": 2511,
        "scenario": "planted",
        "seed": 0,
    }
    ids = {"study_id": str, "patient_id": str}
    pre, ft = (pd.read_csv(tmp_path / "t" / f"{stage}.csv", dtype=ids) for stage in ("pre", "ft"))
    radiomics = pd.read_parquet(tmp_path / "t" / "radiomics.parquet")
    assert pre.shape == ft.shape == (30, 770)
    assert radiomics.shape == (30, 2513)
    assert list(pre.study_id) == list(radiomics.study_id)
    truth = json.loads((tmp_path / "t" / "truth.json").read_text())
    assert list(truth["groups"].values()).count("stronger") == 4


def test_other_organs_are_drawn_by_the_name_of_their_protocol_or_a_file(tmp_path: Path) -> None:
    small = ["--cases", "2", "--spacing", "4,4,5", "--size", "24,24,16"]
    brains = run(str(tmp_path / "brains"), "--protocol", "brain-glioma-mri", *small)
    assert "Wrote 2 studies of 2 patients to brains (seed 0) for brain-glioma-mri: IDH wildtype 1" in brains.stdout
    assert len(list((tmp_path / "brains").rglob("*_FLAIR.nii"))) == 2
    mine = tmp_path / "knee.yaml"
    mine.write_text(
        "name: knee\nmodalities: [{name: PD, required: true, reference: true}]\n"
        "grid: {spacing_mm: [1, 1, 1], size_zyx: [48, 64, 64]}\n"
    )
    summary = json.loads(run(str(tmp_path / "knees"), "--protocol", str(mine), "--cases", "2", "--json").stdout)
    assert summary == {
        "directory": "knees",
        "protocol": "knee",
        "cases": 2,
        "patients": 2,
        "classes": {},
        "seed": 0,
    }
    assert (tmp_path / "knees" / "manifest.csv").read_text().startswith("study_id,patient_id,PD\n")


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        (["--spacing", "1,1"], BadSettings, "--spacing takes three numbers X,Y,Z"),
        (["--size", "96.5,96,20"], BadSettings, "whole numbers of voxels"),
        (["--size", "20,20,20"], BadSettings, "cannot hold a 20 mL gland"),
        (["--repeated", "0.5"], BadSettings, "goes with --tables"),
        (["--tables", "planted", "--size", "96,96,20"], BadSettings, "writes no images"),
        (["--tables", "wild"], BadSettings, "no scenario 'wild'"),
        (["--tables", "planted", "--protocol", "lung-ct"], BadSettings, "--protocol does not go with it"),
        (["--protocol", "lung-ct", "--anatomy", "."], BadSettings, "label maps of prostates"),
        (["--findings-enlarged", "9"], BadSettings, "a number from 1 to 6"),
        (["--tables", "planted", "--findings-enlarged", "2"], BadSettings, "--findings-enlarged do not go with it"),
        (["--protocol", "lung-ct", "--findings-enlarged", "2"], BadSettings, "Only the findings of drawn prostates"),
        (["--protocol", "generic"], BadSettings, "names no modality"),
        (["--protocol", "knee"], NotFound, "There is no protocol 'knee'"),
    ],
)
def test_impossible_choices_are_refused_with_a_sentence(
    tmp_path: Path, arguments: list[str], error: type[Exception], sentence: str
) -> None:
    result = run(str(tmp_path / "new"), *arguments)
    assert isinstance(result.exception, error)
    assert sentence in str(result.exception)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("extra", [[], ["--tables", "planted"]])
def test_a_folder_with_files_is_left_alone(tmp_path: Path, extra: list[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert isinstance(run(str(tmp_path), *extra).exception, Conflict)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]

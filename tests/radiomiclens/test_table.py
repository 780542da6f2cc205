"""A batch of cases: the features of each, whatever goes wrong with others, and only what is missing is measured."""

import csv
import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

import radiomiclens as rl
from backend.science.tables.read_radiomics import read_radiomics
from tests.science.radiomics.phantom import SPACING, ellipsoid, textured
from tests.source_tree import ROOT

SETTINGS = {"featureClass": {"firstorder": ["Mean", "Skewness"], "glcm": ["Contrast"]}, "setting": {"binCount": 16}}
NAMES = ["original_firstorder_Mean", "original_firstorder_Skewness", "original_glcm_Contrast"]


def written(folder: Path, count: int) -> Path:
    """`count` cases and cases.csv that names them; the label of odd ones is 2."""
    lines = ["study_id,centre,image,mask,label"]
    for number in range(count):
        image = textured(seed=number).astype(np.float32)
        mask = ellipsoid().astype(np.uint8) * (1 + number % 2)
        for name, array in (("t2", image), ("mask", mask)):
            volume = sitk.GetImageFromArray(array)
            volume.SetSpacing(SPACING)
            sitk.WriteImage(volume, folder / f"{name}_{number}.nrrd")
        lines.append(f"s{number},A,t2_{number}.nrrd,mask_{number}.nrrd,{1 + number % 2}")
    table = folder / "cases.csv"
    table.write_text("\n".join(lines) + "\n")
    return table


class Steps:
    """What progress said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, int, int]] = []

    def __call__(self, step: str, done: int, total: int) -> None:
        self.said.append((step, done, total))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_is_what_features_gives(tmp_path: Path) -> None:
    table, out, steps = written(tmp_path, 3), tmp_path / "features.csv", Steps()
    found = rl.features_table(table, out, SETTINGS, threads=2, progress=steps)
    assert list(found["study_id"]) == ["s0", "s1", "s2"]
    for number in range(3):
        files = tmp_path / f"t2_{number}.nrrd", tmp_path / f"mask_{number}.nrrd"
        alone = rl.features(*files, SETTINGS, label=1 + number % 2)
        assert found.loc[number, NAMES].to_dict() == alone.values
        assert found.loc[number, ["status", "reason"]].to_list() == ["ok", ""]
    assert steps.said == [("measure cases", done, 3) for done in range(4)]
    again = rows_of(out)
    assert list(again[0]) == list(found.columns)
    assert [[float(row[name]) for name in NAMES] for row in again] == found[NAMES].to_numpy().tolist()
    assert sorted(path.name for path in tmp_path.iterdir() if "features" in path.name) == ["features.csv"]


def test_the_table_is_read_by_an_analysis(tmp_path: Path) -> None:
    rl.features_table(written(tmp_path, 3), tmp_path / "features.csv", SETTINGS)
    read = read_radiomics(tmp_path / "features.csv", modality="T2")
    assert read.study_id == ("s0", "s1", "s2")
    assert read.columns == tuple(f"T2_{name}" for name in NAMES)


def test_the_order_of_the_table_stays_and_threads_change_no_byte(tmp_path: Path) -> None:
    table = written(tmp_path, 4)
    frame = pd.read_csv(table).iloc[::-1]
    frame[["image", "mask"]] = str(tmp_path) + "/" + frame[["image", "mask"]]
    for threads in (1, 2):
        rl.features_table(frame, tmp_path / f"{threads}.csv", SETTINGS, threads=threads)
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    assert [row["study_id"] for row in rows_of(tmp_path / "1.csv")] == ["s3", "s2", "s1", "s0"]


def test_what_fails_says_why_and_the_others_go_on(tmp_path: Path) -> None:
    table = written(tmp_path, 2)
    with table.open("a") as file:
        file.write("s2,B,none.nrrd,mask_0.nrrd,1\ns3,B,,mask_0.nrrd,1\ns4,B,t2_0.nrrd,mask_0.nrrd,one\n")
        file.write("s5,B,t2_0.nrrd,mask_0.nrrd,7\ns6,B,cases.csv,mask_0.nrrd,\n")
    found = rl.features_table(table, tmp_path / "features.csv", SETTINGS)
    assert found["status"].to_list() == ["ok", "ok", "failed", "failed", "failed", "refused", "failed"]
    reasons = found["reason"].to_list()
    assert reasons[2] == "none.nrrd does not exist or cannot be opened; check the name."
    assert reasons[3] == "The column 'image' is empty."
    assert reasons[4] == "The label 'one' is no whole number above 0."
    assert reasons[5] == "no voxel of the mask is 7; choose a label that it holds: 1"
    assert reasons[6].startswith("cases.csv")
    assert found.loc[2:, NAMES].isna().all(axis=None)


def test_a_case_that_needs_more_memory_than_it_may_have_fails_alone(tmp_path: Path) -> None:
    table = written(tmp_path, 1)
    large = sitk.Image(400, 400, 400, sitk.sitkFloat32)
    sitk.WriteImage(large, tmp_path / "large.nrrd")
    with table.open("a") as file:
        file.write("s1,A,large.nrrd,large.nrrd,1\n")
    found = rl.features_table(table, tmp_path / "features.csv", SETTINGS, case_memory_mb=700)
    assert found["status"].to_list() == ["ok", "failed"]
    assert "case_memory_mb" in found.loc[1, "reason"]


def counting(table: Path, out: Path, settings: object = SETTINGS) -> int:
    """How many cases a run measured: those that progress counted one by one."""
    steps = Steps()
    rl.features_table(table, out, settings, progress=steps)  # type: ignore[arg-type]
    return len(steps.said) - 1


def test_a_second_run_measures_only_what_is_not_there(tmp_path: Path) -> None:
    table, out = written(tmp_path, 3), tmp_path / "features.csv"
    assert counting(table, out) == 3
    first = out.read_bytes()
    assert counting(table, out) == 0
    assert out.read_bytes() == first
    volume = sitk.ReadImage(tmp_path / "t2_1.nrrd") + 5
    sitk.WriteImage(volume, tmp_path / "t2_1.nrrd")
    assert counting(table, out) == 1, "another content under the same name is another case"
    assert counting(table, out, {**SETTINGS, "setting": {"binCount": 8}}) == 3, "other settings, other values"


def test_new_columns_and_rows_of_the_table_keep_what_is_measured(tmp_path: Path) -> None:
    table, out = written(tmp_path, 3), tmp_path / "features.csv"
    frame = pd.read_csv(table)
    frame[["image", "mask"]] = str(tmp_path) + "/" + frame[["image", "mask"]]
    rl.features_table(frame.iloc[1:], out, SETTINGS)
    steps = Steps()
    found = rl.features_table(frame.assign(age=[60, 70, 80]), out, SETTINGS, progress=steps)
    assert [done for _, done, _ in steps.said] == [2, 3]
    assert found["age"].to_list() == ["60", "70", "80"]


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    table, out = written(tmp_path, 2), tmp_path / "features.csv"
    kept = (tmp_path / "t2_0.nrrd").read_bytes()
    (tmp_path / "t2_0.nrrd").unlink()
    assert rl.features_table(table, out, SETTINGS)["status"].to_list() == ["failed", "ok"]
    (tmp_path / "t2_0.nrrd").write_bytes(kept)
    assert counting(table, out) == 1
    assert [row["status"] for row in rows_of(out)] == ["ok", "ok"]


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    table, out = written(tmp_path, 6), tmp_path / "features.csv"
    rl.features_table(table, tmp_path / "whole.csv", SETTINGS)
    code = (
        "import os, sys, radiomiclens as rl\n"
        "def stop(step, done, total):\n"
        "    if done == 3: os.kill(os.getpid(), 9)\n"
        f"rl.features_table({str(table)!r}, {str(out)!r}, {SETTINGS!r}, progress=stop)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL
    assert not out.exists()
    part = tmp_path / "features.csv.part"
    assert len(rows_of(part)) == 3
    part.write_bytes(part.read_bytes()[:-20])  # as if it had been killed within a line
    assert counting(table, out) == 4
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not part.exists()


def test_two_runs_do_not_write_one_table(tmp_path: Path) -> None:
    table = written(tmp_path, 1)
    with (tmp_path / "features.csv.part").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(rl.RadiomicLensError, match=r"features\.csv is being written by another run"):
            rl.features_table(table, tmp_path / "features.csv", SETTINGS)
    rl.features_table(table, tmp_path / "features.csv", SETTINGS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("image,label\na,1\n", r"one column named 'mask' is needed, and it has 0 \(columns: image, label\)"),
        ("image,Image,mask\na,b,c\n", "one column named 'image' is needed, and it has 2"),
        ("image,mask,status\na,b,c\n", "the column 'status' would be written anew"),
        ("image,mask\n", "no rows"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    table = tmp_path / "cases.csv"
    table.write_text(text)
    with pytest.raises(rl.RadiomicLensError, match=sentence):
        rl.features_table(table, tmp_path / "features.csv", SETTINGS)
    assert not list(tmp_path.glob("features*"))


def test_settings_and_threads_are_checked_first(tmp_path: Path) -> None:
    table = written(tmp_path, 1)
    with pytest.raises(rl.RadiomicLensError, match="threads is 0"):
        rl.features_table(table, tmp_path / "features.csv", threads=0)
    with pytest.raises(rl.RadiomicLensError, match="cannot be written"):
        rl.features_table(table, tmp_path / "none" / "features.csv")

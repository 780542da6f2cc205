"""Files beside a batch of cases: what is read is never written over, and whatever lies under `out` does no harm."""

import os
import resource
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import radiomiclens as rl
from tests.cli.running import run
from tests.radiomiclens.test_table import SETTINGS, counting, rows_of, written


@pytest.mark.parametrize("name", ["cases.csv", "t2_1.nrrd", "mask_0.nrrd", "linked.nrrd"])
def test_a_table_is_not_written_over_what_it_is_made_of(tmp_path: Path, name: str) -> None:
    table = written(tmp_path, 2)
    os.link(tmp_path / "t2_0.nrrd", tmp_path / "linked.nrrd")
    before = (tmp_path / name).read_bytes()
    with pytest.raises(rl.RadiomicLensError, match=rf"{name} is .*, which is read; give the result a name of its own"):
        rl.features_table(table, tmp_path / name, SETTINGS)
    assert (tmp_path / name).read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(rl.RadiomicLensError, match=r" is a folder; name a file to write\."):
        rl.features_table(written(tmp_path, 1), tmp_path, SETTINGS)


@pytest.mark.parametrize("more", [(), ("--voxel", "original_firstorder_Mean")])
def test_features_are_not_written_over_their_image(tmp_path: Path, more: tuple[str, ...]) -> None:
    written(tmp_path, 1)
    image, mask = tmp_path / "t2_0.nrrd", tmp_path / "mask_0.nrrd"
    before = image.read_bytes()
    done = run("features", str(image), str(mask), "--out", str(image), *more)
    assert (done.returncode, done.stderr) == (
        1,
        "t2_0.nrrd is t2_0.nrrd, which is read; give the result a name of its own.\n",
    )
    assert image.read_bytes() == before


def test_embeddings_and_repeatability_are_not_written_over_their_input(tmp_path: Path) -> None:
    cases, table = tmp_path / "x.npy", tmp_path / "repeats.csv"
    np.save(cases, np.zeros((1, 3, 32, 32, 32), dtype=np.float32))
    table.write_text("subject,repeat,original_firstorder_Mean\n1,1,1\n1,2,1\n")
    commands = ("embed", "--input", str(cases), "--out"), ("icc", str(table), "--out")
    for command, path in zip(commands, (cases, table), strict=True):
        before = path.read_bytes()
        done = run(*command, str(path))
        assert (done.returncode, "which is read" in done.stderr) == (1, True)
        assert path.read_bytes() == before


def test_a_file_of_another_program_is_replaced(tmp_path: Path) -> None:
    table, out = written(tmp_path, 1), tmp_path / "features.csv"
    for text in ("a,b\n" + "x" * 200_000 + ",y\n", "\0\r\n\udcff"):
        out.write_text(text, encoding="utf-8", errors="surrogateescape")
        assert counting(table, out) == 1


def test_equal_files_by_other_names_have_equal_rows(tmp_path: Path) -> None:
    """A run that was stopped after either of them gives the table of one that was not."""
    table, out = written(tmp_path, 1), tmp_path / "features.csv"
    shutil.copy(tmp_path / "mask_0.nrrd", tmp_path / "again.nrrd")
    with table.open("a") as file:
        file.write("s1,A,t2_0.nrrd,mask_0.nrrd,7\ns2,A,t2_0.nrrd,again.nrrd,7\n")
    rl.features_table(table, tmp_path / "whole.csv", SETTINGS)
    rl.features_table(pd.read_csv(table)[1:2].replace(r"(.*nrrd)", rf"{tmp_path}/\1", regex=True), out, SETTINGS)
    assert counting(table, out) == 1
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_cells_with_every_kind_of_line_end_are_kept(tmp_path: Path) -> None:
    table, out = written(tmp_path, 2), tmp_path / "features.csv"
    frame = pd.read_csv(table).assign(study_id=["a\r,b", 'c\r\n"d'])
    frame[["image", "mask"]] = str(tmp_path) + "/" + frame[["image", "mask"]]
    rl.features_table(frame, out, SETTINGS)
    out.rename(tmp_path / "features.csv.part")  # as a killed run leaves it
    said: list[int] = []
    rl.features_table(frame, out, SETTINGS, progress=lambda _step, done, _total: said.append(done))
    assert said == [2]
    assert [row["study_id"] for row in rows_of(out)] == ["a\r,b", 'c\r\n"d']


def test_a_disk_that_fills_up_is_said_and_what_is_measured_is_kept(tmp_path: Path) -> None:
    table, out = written(tmp_path, 3), tmp_path / "features.csv"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full(_step: str, done: int, _total: int) -> None:
        if done == 1:
            size = (tmp_path / "features.csv.part").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limits[1]))

    try:
        with pytest.raises(rl.RadiomicLensError, match=r"features\.csv\.part cannot be written \(File too large\)"):
            rl.features_table(table, out, SETTINGS, progress=full)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert counting(table, out) == 2
    assert [row["status"] for row in rows_of(out)] == ["ok"] * 3


def test_more_threads_than_cases_start_no_more_than_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    from radiomiclens import table as module

    def counted(workers: int, limits: object) -> object:
        started.append(workers)
        return module_executor(workers, limits)

    module_executor = module.LocalExecutor
    monkeypatch.setattr(module, "LocalExecutor", counted)
    rl.features_table(written(tmp_path, 2), tmp_path / "features.csv", SETTINGS, threads=10**9)
    assert started == [2]

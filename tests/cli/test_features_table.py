"""`features-table TABLE`: a row a case, the counts on stderr, exit code 1 where nothing was measured."""

import csv
from pathlib import Path

from tests.cli.running import run
from tests.radiomiclens.test_table import NAMES, SETTINGS, written


def test_rows_are_written_counted_and_kept(tmp_path: Path) -> None:
    table, out, mine = written(tmp_path, 2), tmp_path / "features.csv", tmp_path / "mine.yaml"
    mine.write_text("featureClass: {firstorder: [Mean, Skewness], glcm: [Contrast]}\nsetting: {binCount: 16}\n")
    with table.open("a") as file:
        file.write("s2,B,none.nrrd,mask_0.nrrd,1\n")
    for _ in range(2):
        done = run("features-table", str(table), "--out", str(out), "--settings", str(mine), "--threads", "2")
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == "features.csv: 3 rows, 2 ok, 1 failed.\n"
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["study_id"] for row in rows] == ["s0", "s1", "s2"]
    assert [row["diagnostics_Label"] for row in rows] == ["1", "2", "1"]
    assert [rows[2][name] for name in NAMES] == ["nan"] * 3


def test_nothing_measured_is_refused_in_one_sentence(tmp_path: Path) -> None:
    table = tmp_path / "cases.csv"
    table.write_text("image,mask\nnone.nrrd,none.nrrd\n")
    done = run("features-table", str(table), "--out", str(tmp_path / "features.csv"))
    assert done.returncode == 1
    said = done.stderr.splitlines()
    assert said == [
        "features.csv: 1 row, 1 failed.",
        "No row of cases.csv has features; features.csv says why, row by row.",
    ]


def test_settings_of_the_library_and_of_the_file_are_one(tmp_path: Path) -> None:
    """The row is found again whichever of them wrote it."""
    import radiomiclens as rl

    table, out, mine = written(tmp_path, 1), tmp_path / "features.csv", tmp_path / "mine.yaml"
    mine.write_text("featureClass: {firstorder: [Mean, Skewness], glcm: [Contrast]}\nsetting: {binCount: 16}\n")
    rl.features_table(table, out, SETTINGS)
    (tmp_path / "t2_0.nrrd").touch()
    before = out.read_bytes()
    assert run("features-table", str(table), "--out", str(out), "--settings", str(mine)).returncode == 0
    assert out.read_bytes() == before

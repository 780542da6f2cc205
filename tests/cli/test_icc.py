import csv
import json
from pathlib import Path

import pytest

from tests.cli.running import called

QIN = Path(__file__).parents[3] / "shared" / "data" / "tables" / "qin_biasCorrectedT2AX_FullStudySettings_3D_bin20.csv"
needs_qin = pytest.mark.skipif(not QIN.exists(), reason="the shared QIN test-retest table is not beside this checkout")


@needs_qin
def test_regions_of_the_qin_table_are_printed_and_one_is_written_for_a_ranking(tmp_path: Path) -> None:
    out = tmp_path / "icc.csv"
    done = called("icc", str(QIN), "--roi", "WholeGland", "--modality", "T2", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("WholeGland: 1235 features of 15 subjects measured 2 times, ")
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["feature", "icc", "low", "high"]
    below = sum(float(row["icc"]) < 0.75 for row in rows)
    assert f" {below} below 0.75" in done.stdout
    assert all(row["feature"].startswith("T2_") for row in rows)
    printed = json.loads(called("icc", str(QIN), "--json").stdout)
    assert [region["roi"] for region in printed["regions"]][-1] == "WholeGland"
    assert printed["regions"][-1]["below_075"] == below


def test_what_cannot_be_answered_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("subject,repeat,roi,a\n" + "".join(f"s{n},1,gland,{n}\n" for n in range(9)))
    done = called("icc", str(tmp_path / "t.csv"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "t.csv, gland, has 9 subjects measured 1 times; repeatability needs 5 measured twice.\n"

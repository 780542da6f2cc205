"""DICOM studies of other organs by command: looked at, imported, and a series named by the protocol's modality."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli.main import app
from backend.errors import RadiomicLensError
from tests.ingest.dicom.protocol_trees import square, write_chest, write_ct
from tests.ingest.dicom.seg_files import write_rtstruct


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command in this process; gives what it printed, or its refusal."""
    monkeypatch.setenv("RADIOMICLENS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RADIOMICLENS_EXECUTOR", "inline")

    def run(*words: object) -> str:
        done = CliRunner().invoke(app, ["import", *map(str, words), "--protocol", "lung-ct"])
        if isinstance(done.exception, RadiomicLensError):
            return done.exception.sentence
        assert done.exception is None, done.stderr
        return done.stdout

    return run


def test_a_chest_is_looked_at_and_imported(call, tmp_path: Path) -> None:
    write_chest(tmp_path / "in" / "LUNG1-001")
    said = call("preview", tmp_path / "in")
    assert "CT: series 3: CT, axial, named thorax, kernel B30f, slices of 3 mm; the one of the thinnest slices" in said
    assert "ROI 1   GTV-1: used as nodule" in said
    assert "ROI 2   GTV-2: not used: another is named exactly like the nodule" in said
    assert "ROI 3   Lung-Left: used as lung" in said
    told = json.loads(call("cases", tmp_path / "in", "--cohort", "lungs", "--json"))
    assert [case["status"] for case in told["cases"]] == ["accepted"]


def test_two_kernels_wait_for_a_name_and_then_are_one(call, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "p1"
    for number, kernel in ((3, "B30f"), (4, "B70f")):
        write_ct(folder, number, "chest", ConvolutionKernel=kernel)
    contours = [square(-8, -2, 4.0 + 3.0 * k) for k in range(2, 6)]
    write_rtstruct(folder / "rs" / "rs.dcm", {"Nodule": contours})
    said = call("preview", tmp_path / "in")
    assert "CT: undecided. Series 3 and 4 fit CT equally (CT, axial, kernel B30f; CT, axial, kernel B70f;" in said
    assert "CT: series 4: named for CT by the importer" in call("preview", tmp_path / "in", "--series", "ct=4")
    refused = call("preview", tmp_path / "in", "--series", "T2=4")
    assert refused == "--series T2=4 is no pair of its own; write each of CT once at most, as in CT=4."
    told = json.loads(call("cases", tmp_path / "in", "--cohort", "a", "--series", "CT=4", "--json"))
    assert told["cases"][0]["status"] == "accepted"

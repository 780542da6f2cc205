"""docs/library.md: its examples run, one after the other, on files of the names they use."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from tests.radiomiclens.library_page import examples
from tests.science.lens_tables import write_csvs
from tests.science.radiomics.phantom import SPACING, ellipsoid, textured

SETTINGS = "imageType: {Original: {}}\nfeatureClass: {glcm: [Contrast]}\nsetting: {binCount: 16}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an image, a mask, settings, a table of cases, and the tables of an analysis."""
    for name, array in (("t2", textured()), ("gland", ellipsoid(radii=(2.5, 4, 4)).astype(np.uint8))):
        volume = sitk.GetImageFromArray(array)
        volume.SetSpacing(SPACING)
        sitk.WriteImage(volume, tmp_path / f"{name}.nrrd")
    (tmp_path / "mine.yaml").write_text(SETTINGS)
    (tmp_path / "cases.csv").write_text("study_id,image,mask\n001,t2.nrrd,gland.nrrd\n")
    write_csvs(tmp_path, n=60)  # type: ignore[no-untyped-call]
    ids = pd.read_csv(tmp_path / "pre.csv", usecols=["study_id", "patient_id"])
    ids.assign(pirads=np.arange(60) % 4 + 2).to_csv(tmp_path / "clinical.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_example_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for block in examples():
        if "rl.Client" not in block:  # tests/api runs it against a server
            exec(block, names)
    said = capsys.readouterr().out
    assert "`binwidth`" in said
    assert "measure cases: 1 of 1" in said
    written = {path.name for path in folder.iterdir()}
    assert {"contrast.nii.gz", "features.csv", "effects.html", "results"} <= written
    assert (folder / "results" / "report.html").is_file()
    assert names["table"]["status"].to_list() == ["ok"]
    assert (names["found"].values != 0).any()

"""Data to practise on: those of `radiomiclens synth`, and ready for the other functions of the library."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

import radiomiclens as rl
from tests.cli.running import run

MEAN = {"imageType": {"Original": {}}, "featureClass": {"firstorder": ["Mean"]}}
REGION = {"prostate-mpmri": ("T2", "gland"), "brain-glioma-mri": ("FLAIR", "tumor"), "lung-ct": ("CT", "nodule")}


def test_its_tables_are_those_of_the_command(tmp_path: Path) -> None:
    assert run("synth", str(tmp_path / "made"), "--tables", "planted", "--cases", "20", "--seed", "3").returncode == 0
    made = rl.practice_tables(20, features_per_image=837, dimensions=768, seed=3)
    written = pd.read_parquet(tmp_path / "made" / "radiomics.parquet")
    pd.testing.assert_frame_equal(made.radiomics, written, check_dtype=False)
    assert made.truth.groups == json.loads((tmp_path / "made" / "truth.json").read_text())["groups"]


@pytest.mark.parametrize("protocol", sorted(REGION))
def test_its_images_can_be_measured(protocol: str, tmp_path: Path) -> None:
    table = rl.practice_images(tmp_path / "made", 2, protocol=protocol, seed=1)
    image, mask = REGION[protocol]
    written = {path for path in (tmp_path / "made").rglob("*") if path.suffix in (".mha", ".nii", ".gz")}
    listed = [column for column in table if str(table[column][0]).startswith(str(tmp_path))]
    assert {Path(path) for column in listed for path in table[column]} == written
    found = rl.features(table[image][0], table[mask][0], MEAN)
    voxels, inside = (sitk.GetArrayFromImage(sitk.ReadImage(table[column][0])) for column in (image, mask))
    assert found.values["original_firstorder_Mean"] == pytest.approx(np.mean(voxels[inside == 1]), rel=1e-6)


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(rl.RadiomicLensError, match="no practice images for 'knee'; choose one of prostate-mpmri"):
        rl.practice_images(tmp_path, protocol="knee")
    with pytest.raises(rl.RadiomicLensError, match="cases is 0"):
        rl.practice_images(tmp_path, 0)
    (tmp_path / "mine.txt").touch()
    with pytest.raises(rl.RadiomicLensError, match="not empty"):
        rl.practice_images(tmp_path, 1)

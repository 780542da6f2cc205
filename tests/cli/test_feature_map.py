"""`features --voxel`: a map as PyRadiomics makes it, on the image's grid, or one sentence and exit code 1."""

import json
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from backend.cli.features import features
from backend.errors import BadFile, BadImage, BadSettings
from tests.science.radiomics.maps.oracle import OUTSIDE, REGIONS, SPACING, stock_maps, unequal
from tests.science.radiomics.maps.oracle import VoxelSettings as Voxel

CONTRAST = "original_glcm_Contrast"
YAML = """
setting: {binWidth: 20, minimumROIDimensions: 1}
voxelSetting: {kernelRadius: 2, maskedKernel: false, initValue: -99, voxelBatch: 100}
"""


@pytest.fixture
def pair(tmp_path):
    """An int16 image, a mask whose label 2 is the region, and settings of a wide neighbourhood."""
    image, region = REGIONS["corner"]()
    paths = []
    for name, array in (("t2.nii.gz", image), ("mask.mha", region.astype(np.uint8) * 2)):
        volume = sitk.GetImageFromArray(array)
        volume.SetSpacing(SPACING)
        volume.SetOrigin((5.0, -3.0, 11.0))
        paths.append(tmp_path / name)
        sitk.WriteImage(volume, str(paths[-1]))
    (tmp_path / "mine.yaml").write_text(YAML)
    return *paths, str(tmp_path / "mine.yaml"), tmp_path / "map.nii.gz"


def test_the_file_is_pyradiomics_map_on_the_grid_of_the_image(pair):
    image, mask, settings, out = pair
    features(image, mask, out, settings, label=2, voxel=CONTRAST)
    made, given = sitk.ReadImage(str(out)), sitk.ReadImage(str(image))
    for fact in ("GetSize", "GetSpacing", "GetOrigin", "GetDirection"):
        np.testing.assert_allclose(getattr(made, fact)(), getattr(given, fact)(), atol=1e-6)
    array, region = REGIONS["corner"]()
    values = sitk.GetArrayFromImage(made)
    theirs = stock_maps(array, region, {"glcm": ("Contrast",)}, {"binWidth": 20}, Voxel(2, False, OUTSIDE))
    assert not unequal(values[region], theirs[CONTRAST])
    assert (values[~region] == OUTSIDE).all()


def test_json_says_the_range(pair, capsys):
    image, mask, settings, out = pair
    features(image, mask, out.with_name("map.nrrd"), settings, label=2, voxel=CONTRAST, as_json=True)
    said = json.loads(capsys.readouterr().out)
    values = sitk.GetArrayFromImage(sitk.ReadImage(str(out.with_name("map.nrrd"))))[REGIONS["corner"]()[1]]
    assert (said["feature"], said["voxels"], said["undefined"]) == (CONTRAST, values.size, 0)
    assert (said["lowest"], said["highest"]) == (values.min(), values.max())
    assert said["mean"] == pytest.approx(values.mean())


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"voxel": "original_glcm_Sharpness"}, BadSettings, "glcm has no map of 'Sharpness'"),
        ({"shape": True}, BadSettings, "--shape is about a row of features"),
        ({"engine": "pyradiomics"}, BadSettings, "--engine pyradiomics is about a row"),
        ({"label": 1}, BadImage, "No voxel of mask.mha is 1; choose a label that it holds: 2."),
    ],
)
def test_what_makes_no_map(pair, change, kind, said):
    image, mask, settings, out = pair
    asked = {"label": 2, "voxel": CONTRAST, **change}
    with pytest.raises(kind) as refused:
        features(image, mask, out, settings, **asked)
    assert said in refused.value.sentence
    assert not out.exists()


@pytest.mark.parametrize("name", ["map.csv", ".nii.gz", "nowhere/map.nii"])
def test_a_map_is_an_image_in_a_folder_that_exists(pair, name, tmp_path):
    image, mask, settings, _ = pair
    with pytest.raises(BadFile):
        features(image, mask, tmp_path / name, settings, label=2, voxel=CONTRAST)


def test_the_command_line_writes_it(pair):
    image, mask, settings, out = pair
    words = [image, mask, "--settings", settings, "--label", 2, "--voxel", CONTRAST, "--out", out]
    done = subprocess.run(
        [sys.executable, "-m", "backend.cli.main", "features", *map(str, words)], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []

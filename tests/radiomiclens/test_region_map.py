"""A map of one feature by the library: the map of the engine, whatever form image and mask come in."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

import radiomiclens as rl
from backend.science.imaging.grid import Grid
from backend.science.radiomics import maps, settings_of
from tests.science.radiomics.phantom import SPACING, ellipsoid, textured

IMAGE, MASK = textured().astype(np.int16), ellipsoid(radii=(2.5, 4, 4))
SETTINGS = {"featureClass": {"glcm": ["Contrast"]}, "setting": {"binCount": 8}, "voxelSetting": {"kernelRadius": 2}}
FEATURE = "original_glcm_Contrast"


def test_it_is_the_engines_map_in_its_place(tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(IMAGE)
    image.SetSpacing(SPACING)
    image.SetOrigin((-10.0, 5.0, 30.0))
    sitk.WriteImage(image, tmp_path / "t2.nii.gz")
    found = rl.feature_map(tmp_path / "t2.nii.gz", MASK * np.uint8(3), FEATURE, SETTINGS, label=3)
    engines = maps.feature_map(IMAGE, MASK, Grid.of(image), FEATURE, settings_of(SETTINGS, "x"))
    assert found.name == FEATURE
    assert found.values.tobytes() == engines.values.tobytes()
    assert (found.region == MASK).all()
    drawn = found.image()
    assert Grid.of(drawn).matches(Grid.of(image))
    assert (sitk.GetArrayFromImage(drawn) == found.values).all()


def test_radius_is_the_settings_or_the_given_one() -> None:
    own = rl.feature_map(IMAGE, MASK, FEATURE, SETTINGS, spacing=SPACING)
    given = rl.feature_map(IMAGE, MASK, FEATURE, SETTINGS, spacing=SPACING, radius=2)
    other = rl.feature_map(IMAGE, MASK, FEATURE, SETTINGS, spacing=SPACING, radius=1)
    assert (own.values == given.values).all()
    assert (own.values != other.values).any()


def test_progress_is_told_and_a_feature_that_is_none_is_refused() -> None:
    steps: list[str] = []
    rl.feature_map(
        IMAGE, MASK, FEATURE, SETTINGS, spacing=SPACING, progress=lambda step, _done, _total: steps.append(step)
    )
    assert steps
    with pytest.raises(rl.RadiomicLensError, match="NoSuch"):
        rl.feature_map(IMAGE, MASK, "original_glcm_NoSuch", SETTINGS, spacing=SPACING)

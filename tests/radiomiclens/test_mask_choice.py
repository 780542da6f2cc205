"""What a settings file says about the mask: label, channel, grids that differ, and facts beside features."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

import radiomiclens as rl
from radiomiclens.general_info import NAMES
from tests.oracle import radiomics
from tests.science.radiomics.phantom import SPACING, ellipsoid, textured

IMAGE, MASK = textured().astype(np.float64), ellipsoid().astype(np.uint8)
OTHER = ellipsoid(radii=(2.5, 4, 4)).astype(np.uint8)


def settings(**given: Any) -> dict[str, Any]:
    return {"featureClass": {"firstorder": ["Mean"]}, "setting": {"binWidth": 5, **given}}


def volume(array: np.ndarray[Any, Any], spacing: tuple[float, ...] = SPACING) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    return image


def mean(region: np.ndarray[Any, Any]) -> dict[str, float]:
    return {"original_firstorder_Mean": pytest.approx(IMAGE[region == 1].mean(), rel=1e-12)}


def test_the_settings_label_counts_unless_one_is_given() -> None:
    both = np.maximum(MASK * 3, OTHER * 4)
    assert rl.features(IMAGE, both, settings(label=4), spacing=SPACING).values == mean(OTHER)
    assert rl.features(IMAGE, both, settings(label=4), spacing=SPACING, label=3).values == mean(MASK - OTHER)


def test_label_channel_chooses_a_volume_or_a_component(tmp_path: Path) -> None:
    files = [volume(MASK), volume(OTHER)]
    sitk.WriteImage(sitk.JoinSeries(files, 0.0, 1.0), tmp_path / "masks.nii.gz")
    sitk.WriteImage(volume(IMAGE), tmp_path / "t2.nii.gz")
    for channel, region in enumerate((MASK, OTHER)):
        asked = settings(label_channel=channel)
        assert rl.features(tmp_path / "t2.nii.gz", tmp_path / "masks.nii.gz", asked).values == mean(region)
        assert rl.features(volume(IMAGE), sitk.Compose(*files), asked).values == mean(region)
    with pytest.raises(rl.RadiomicLensError, match="A mask has 2 components, and number 2, from 0, is asked for"):
        rl.features(volume(IMAGE), sitk.Compose(*files), settings(label_channel=2))
    with pytest.raises(rl.RadiomicLensError, match="holds 2 volumes, so there is no number 2"):
        rl.features(tmp_path / "t2.nii.gz", tmp_path / "masks.nii.gz", settings(label_channel=2))


def test_correct_mask_false_refuses_a_mask_on_another_grid() -> None:
    moved = volume(MASK)
    moved.SetOrigin((0.4, 0.0, 0.0))
    for correct in (True, None):
        found = rl.features(volume(IMAGE), moved, settings(correctMask=correct))
        assert (found.status, "resampled by position" in found.reason) == ("flagged", True)
    with pytest.raises(rl.RadiomicLensError, match="the settings say correctMask: false"):
        rl.features(volume(IMAGE), moved, settings(correctMask=False))
    assert rl.features(volume(IMAGE), volume(MASK), settings(correctMask=False)).status == "ok"


@pytest.mark.parametrize("tolerance", [0.1, 0.5, 0.79, 0.81, 2.0])
def test_geometry_tolerance_is_that_of_itk(tolerance: float) -> None:
    """An origin 0.4 mm off is 0.8 of an edge of 0.5 mm: PyRadiomics refuses below, and takes voxel by voxel above."""
    moved = volume(MASK)
    moved.SetOrigin((0.0, 0.4, 0.0))
    found = rl.features(volume(IMAGE), moved, settings(geometryTolerance=tolerance))
    assert (found.status == "ok") is (tolerance > 0.8)
    before = sitk.ProcessObject.GetGlobalDefaultCoordinateTolerance()
    try:
        if tolerance > 0.8:
            theirs = stock(volume(IMAGE), moved, settings(geometryTolerance=tolerance))
            assert found.values == {"original_firstorder_Mean": theirs["original_firstorder_Mean"]}
        else:
            with pytest.raises(ValueError, match="geometry mismatch"):
                stock(volume(IMAGE), moved, settings(geometryTolerance=tolerance))
    finally:
        sitk.ProcessObject.SetGlobalDefaultCoordinateTolerance(before)
        sitk.ProcessObject.SetGlobalDefaultDirectionTolerance(before)


def stock(image: sitk.Image, mask: sitk.Image, asked: dict[str, Any]) -> dict[str, Any]:
    """PyRadiomics' own answer."""
    extractor = radiomics().featureextractor.RadiomicsFeatureExtractor
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dict(extractor(asked).execute(image, mask))


def test_additional_info_has_pyradiomics_names_and_values() -> None:
    image, mask = volume(IMAGE), volume(MASK)
    image.SetOrigin((-10.0, 4.0, 2.5))
    mask.CopyInformation(image)
    row = rl.features(image, mask, settings(additionalInfo=True)).row()
    assert set(NAMES) <= set(row)
    assert not set(NAMES) & set(rl.features(image, mask, settings()).row())
    theirs = stock(image, mask, settings(additionalInfo=True))
    known = [name for name in NAMES if name in theirs]
    assert len(known) == len(NAMES) - 1
    same = [name for name in known if "Versions" not in name and "Configuration_Settings" not in name]
    for name in same:
        ours, expected = _numbers(row[name]), _numbers(theirs[name])
        assert ours == (expected if isinstance(expected, str | dict) else pytest.approx(expected, rel=1e-12)), name


def _numbers(value: Any) -> Any:
    """A number, a tuple of them, or the words as they are."""
    try:
        found = eval(str(value), {"np": np})
    except (SyntaxError, NameError):
        return str(value)
    return [float(one) for one in found] if isinstance(found, tuple) else found


def test_facts_of_a_region_that_is_not_there_are_empty() -> None:
    row = rl.features(IMAGE, MASK, settings(additionalInfo=True), spacing=SPACING, label=7).row()
    assert (row["status"], row["diagnostics_Mask-original_VoxelNum"]) == ("refused", "")

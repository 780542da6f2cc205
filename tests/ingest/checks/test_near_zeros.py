"""Values that another tool's resampling leaves next to zero are found; images as acquired, and ours, are not."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.ingest.checks.near_zeros import near_zeros
from backend.science.imaging.prepare import prepare


def acquired(dtype: type = np.int16) -> sitk.Image:
    """Noisy tissue with air around it that is exactly 0, on an oblique grid as scanners give it."""
    array = np.random.default_rng(3).gamma(2.0, 100.0, (16, 60, 60)) + 1
    array[:, :12] = array[:, -12:] = array[:, :, :12] = 0
    image = sitk.GetImageFromArray(array.astype(dtype))
    image.SetSpacing((1.5, 1.5, 3.0))
    image.SetOrigin((-37.123, -41.77, 12.9))
    image.SetDirection(sitk.VersorTransform((0.4, 0.2, 0.1), 0.3).GetMatrix())
    return image


@pytest.mark.parametrize("interpolator", [sitk.sitkLinear, sitk.sitkBSpline])
def test_residues_of_another_resampling_are_found(interpolator: int) -> None:
    image = sitk.Cast(acquired(), sitk.sitkFloat32)
    grid = prepare({"T2": image}, {}).grid
    moved = sitk.Resample(
        image, grid.size, sitk.Transform(), interpolator, grid.origin, grid.spacing, grid.direction, 0.0
    )
    (finding,) = near_zeros({"DWI": moved, "T2": acquired()})
    assert finding.code == "near_zeros"
    assert finding.sentence.startswith("DWI holds values next to zero, but not zero, in ")


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.float32, np.float64])
def test_images_as_acquired_and_units_are_not_found(dtype: type) -> None:
    image = acquired(dtype)
    assert near_zeros({"T2": image, "ADC": sitk.Cast(image, sitk.sitkFloat32) * 1e-6}) == []


def test_our_own_resampling_and_an_empty_image_are_not_found() -> None:
    ours = sitk.GetImageFromArray(prepare({"T2": acquired()}, {}).images["T2"])
    assert near_zeros({"T2": ours, "DWI": sitk.Image(8, 8, 4, sitk.sitkFloat32)}) == []


def test_one_hot_voxel_does_not_make_the_rest_small() -> None:
    image = acquired(np.float32)
    image[30, 30, 8] = 1e30
    assert near_zeros({"T2": image}) == []

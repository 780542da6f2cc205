"""Axis by axis equals SimpleITK's resampler, on every way two parallel grids can lie; others go through it."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.science.imaging.grid import Grid
from backend.science.imaging.resampling import Placement

TURN = np.array(((1.0, 0.0, 0.0), (0.0, 0.9, -0.435889894354067), (0.0, 0.435889894354067, 0.9)))
TARGET = Grid((23, 31, 17), (0.5, 0.7, 1.0), (-4.0, 3.0, 10.0), tuple(TURN.ravel()))


def image(axes: np.ndarray, spacing: tuple[float, ...], shift=(4.37, -4.12, 4.41), seed=0) -> sitk.Image:
    """Random voxels in about 9 x 9 x 9 mm, whose middle lies `shift` mm from the target's middle; no ties."""
    size = tuple(round(9 / mm) for mm in spacing)
    made = sitk.GetImageFromArray(np.random.default_rng(seed).integers(0, 2000, size[::-1]).astype(np.int16))
    made.SetSpacing(spacing)
    made.SetDirection(axes.ravel().tolist())
    middle = TARGET.point((np.array(TARGET.size) - 1) / 2) + shift
    made.SetOrigin((middle - axes @ ((np.array(size) - 1) / 2 * spacing)).tolist())
    return made


def by_itk(moved: sitk.Image, interpolator: int) -> np.ndarray:
    where = (TARGET.size, sitk.Transform(), interpolator, TARGET.origin, TARGET.spacing, TARGET.direction, 0.0)
    return sitk.GetArrayFromImage(sitk.Resample(moved, *where))


PARALLEL = {
    "same axes": TURN,
    "flipped": TURN * (-1, 1, -1),
    "permuted": TURN[:, [2, 0, 1]],
    "permuted and flipped": TURN[:, [1, 2, 0]] * (1, -1, -1),
}


@pytest.mark.parametrize("axes", PARALLEL.values(), ids=PARALLEL)
@pytest.mark.parametrize(
    "spacing", [(0.5, 0.7, 1.0), (2.0, 2.0, 3.0), (0.31, 0.4, 0.9)], ids=["equal", "coarse", "fine"]
)
def test_parallel_grids_give_what_simpleitk_gives(axes: np.ndarray, spacing: tuple[float, ...]) -> None:
    moved = image(axes, spacing)
    placement = Placement.between(Grid.of(moved), TARGET)
    assert placement.axes is not None
    expected = by_itk(sitk.Cast(moved, sitk.sitkFloat32), sitk.sitkLinear)
    found = placement.linear(moved)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=3e-7, atol=2e-4)
    assert (found == 0).any(), "the field of view ends inside the target"
    assert (found != 0).any()
    mask = sitk.Cast(moved > 1000, sitk.sitkUInt8)
    np.testing.assert_array_equal(placement.nearest(mask), by_itk(mask, sitk.sitkNearestNeighbor))


def test_voxels_that_coincide_are_copied_and_a_mask_is_found_in_its_box() -> None:
    whole = sitk.GetImageFromArray(np.random.default_rng(1).normal(size=TARGET.size[::-1]))
    whole.SetSpacing(TARGET.spacing)
    whole.SetDirection(TARGET.direction)
    whole.SetOrigin([x + 1e-7 for x in TARGET.origin])
    placement = Placement.between(Grid.of(whole), TARGET)
    np.testing.assert_array_equal(placement.linear(whole), sitk.GetArrayFromImage(whole).astype(np.float32))
    part = image(TURN, (0.5, 0.7, 1.0))
    inside = Placement.between(Grid.of(part), TARGET).inside()
    every = np.stack(np.indices(TARGET.size[::-1]), axis=-1)[..., ::-1].reshape(-1, 3)
    contained = Grid.of(part).contains(TARGET.point(every)).reshape(TARGET.size[::-1])
    box = np.zeros_like(contained)
    box[inside] = True
    np.testing.assert_array_equal(box, contained)


def test_other_grids_go_through_simpleitk() -> None:
    angle = np.deg2rad(4)
    tilt = np.array(((np.cos(angle), -np.sin(angle), 0), (np.sin(angle), np.cos(angle), 0), (0, 0, 1)))
    moved = image(tilt @ TURN, (2.0, 2.0, 3.0))
    placement = Placement.between(Grid.of(moved), TARGET)
    assert placement.axes is None
    np.testing.assert_array_equal(placement.linear(moved), by_itk(sitk.Cast(moved, sitk.sitkFloat32), sitk.sitkLinear))


def test_a_field_beside_the_target_leaves_nothing() -> None:
    far = Placement.between(Grid.of(image(TURN, (0.5, 0.7, 1.0), shift=(100.0, 0.0, 0.0))), TARGET)
    assert not far.linear(image(TURN, (0.5, 0.7, 1.0), shift=(100.0, 0.0, 0.0))).any()

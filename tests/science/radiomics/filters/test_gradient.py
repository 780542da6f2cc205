"""The magnitude of the gradient equals SimpleITK's bit for bit."""

import numpy as np
import pytest

from backend.science.radiomics.filters.gradient import gradient
from tests.science.radiomics.filters.oracle import KINDS, SHAPES, SPACING, assert_same, boxes, derived, noise


@pytest.mark.parametrize("use_spacing", [True, False])
@pytest.mark.parametrize("kind", [*KINDS, np.int8, np.uint16, np.int32, np.uint32, np.int64, np.uint64])
@pytest.mark.parametrize("shape", [*SHAPES, (2, 1, 3), (1, 1, 1)])
def test_equal_to_simpleitk_on_every_type_and_box(kind: type, shape: tuple[int, int, int], use_spacing: bool) -> None:
    voxels = noise(kind, shape).clip(0 if np.dtype(kind).kind == "u" else -120, 120)
    (theirs,) = derived("Gradient", voxels, gradientUseSpacing=use_spacing).values()
    for box in boxes(shape):
        assert_same(gradient(voxels, SPACING, use_spacing, box), theirs[box])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_voxel_that_is_no_number_makes_its_neighbours_none(value: float) -> None:
    voxels = noise(np.float64)
    voxels[4, 5, 5] = value
    (theirs,) = derived("Gradient", voxels).values()
    assert 0 < (~np.isfinite(theirs)).sum() < theirs.size
    for box in boxes(voxels.shape):
        assert_same(gradient(voxels, SPACING, True, box), theirs[box])

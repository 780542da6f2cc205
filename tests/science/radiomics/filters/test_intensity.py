"""Square, square root, logarithm and exponential equal PyRadiomics' bit for bit."""

import numpy as np
import pytest

from backend.science.radiomics.filters.intensity import INTENSITY_FILTERS
from tests.science.radiomics.filters.oracle import KINDS, SHAPES, assert_same, boxes, derived, noise

WHOLE = (slice(None), slice(None), slice(None))


@pytest.mark.parametrize("image_type", INTENSITY_FILTERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_equal_to_pyradiomics_on_every_type_and_box(image_type: str, kind: type, shape: tuple[int, int, int]) -> None:
    voxels = noise(kind, shape)
    (theirs,) = derived(image_type, voxels).values()
    for box in boxes(shape):
        assert_same(INTENSITY_FILTERS[image_type](voxels, box), theirs[box])


@pytest.mark.parametrize("image_type", INTENSITY_FILTERS)
@pytest.mark.parametrize(
    "values",
    [
        pytest.param((0.0, 0.0, 0.0), id="zeros"),
        pytest.param((0.0, np.nan, 3.0), id="a NaN"),
        pytest.param((-np.inf, 2.0, 3.0), id="an infinity"),
        pytest.param((0.25, -0.5, 0.125), id="below one"),
        pytest.param((1.0, 0.0, -1.0), id="at most one"),
        pytest.param((-7.0, -7.0, -7.0), id="flat and negative"),
    ],
)
def test_equal_to_pyradiomics_where_the_scale_is_odd(image_type: str, values: tuple[float, ...]) -> None:
    voxels = np.array(values).reshape(1, 1, 3)
    (theirs,) = derived(image_type, voxels).values()
    assert_same(INTENSITY_FILTERS[image_type](voxels, WHOLE), theirs)


@pytest.mark.parametrize("image_type", INTENSITY_FILTERS)
def test_the_scale_is_that_of_the_whole_image_and_of_its_smallest_value(image_type: str) -> None:
    voxels = noise(np.int16)
    voxels[0, 0, 0] = -32768  # its absolute value does not fit into the type
    (theirs,) = derived(image_type, voxels).values()
    box = (slice(3, 6), slice(3, 6), slice(3, 6))
    assert_same(INTENSITY_FILTERS[image_type](voxels, box), theirs[box])


@pytest.mark.parametrize("image_type", INTENSITY_FILTERS)
def test_the_image_is_left_as_it_was(image_type: str) -> None:
    voxels = noise(np.float64)
    before = voxels.copy()
    INTENSITY_FILTERS[image_type](voxels, WHOLE)
    np.testing.assert_array_equal(voxels, before)

"""The Laplacian of Gaussian equals SimpleITK's, which PyRadiomics calls, bit for bit; so do the images it skips."""

import numpy as np
import pytest

from backend.science.radiomics.filters.laplacian_of_gaussian import fits, laplacian_of_gaussian
from tests.science.radiomics.filters.oracle import KINDS, assert_same, boxes, derived, noise

SIGMAS = (0.3, 0.5, 1.0, 1.7, 3.0, 6.0)


def theirs(voxels, spacing, sigma):
    """PyRadiomics' filtered image, or None where it skips the image."""
    return next(iter(derived("LoG", voxels, spacing=spacing, sigma=[sigma]).values()), None)


def equal_in_every_box(voxels, spacing, sigma, some=None):
    image = theirs(voxels, spacing, sigma)
    assert fits(voxels.shape, spacing, sigma) == (image is not None)
    if image is not None:
        for box in some or boxes(voxels.shape):
            assert_same(laplacian_of_gaussian(voxels, spacing, sigma, box), image[box])


@pytest.mark.parametrize("sigma", SIGMAS)
@pytest.mark.parametrize("kind", [*KINDS, np.int8, np.uint16, np.int32, np.uint32, np.int64, np.uint64])
@pytest.mark.parametrize("shape", [(9, 12, 11), (7, 21, 40), (4, 4, 4), (5, 4, 33)])
def test_equal_to_simpleitk_on_every_type_and_box(kind: type, shape: tuple[int, int, int], sigma: float) -> None:
    voxels = noise(kind, shape).clip(0 if np.dtype(kind).kind == "u" else -120, 120)
    equal_in_every_box(voxels, (0.7, 0.9, 3.3), sigma)


@pytest.mark.parametrize("seed", range(40))
def test_equal_to_simpleitk_on_any_volume(seed: int) -> None:
    random = np.random.default_rng(seed)
    shape = tuple(int(n) for n in random.integers(4, 50, 3))
    spacing = tuple(float(step) for step in random.uniform(0.3, 5.0, 3))
    corners = [(int(random.integers(0, n)), int(random.integers(0, n))) for n in shape]
    box = tuple(slice(min(pair), max(pair) + 1) for pair in corners)
    voxels = noise(KINDS[seed % len(KINDS)], shape, seed)
    equal_in_every_box(voxels, spacing, float(random.uniform(0.3, 6.0)), [box])


@pytest.mark.parametrize("shape", [(3, 9, 9), (9, 9, 3), (4, 9, 9), (5, 9, 9), (9, 4, 9)])
@pytest.mark.parametrize("sigma", [0.0, -1.0, 2.9, 3.0, 3.1, 7.0])
def test_it_fits_where_pyradiomics_does_not_skip_it(shape: tuple[int, int, int], sigma: float) -> None:
    spacing = (1.0, 1.0, 1.0)
    assert fits(shape, spacing, sigma) == (theirs(noise(np.int16, shape), spacing, sigma) is not None)


@pytest.mark.parametrize("shape", [(4, 4), (9, 12), (40, 21)])
def test_an_image_of_two_dimensions(shape: tuple[int, int]) -> None:
    equal_in_every_box(noise(np.int16, shape), (0.7, 1.9), 1.5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_voxel_that_is_no_number_spoils_its_lines(value: float) -> None:
    voxels = noise(np.float32)
    voxels[4, 5, 5] = value
    equal_in_every_box(voxels, (0.7, 0.9, 3.3), 1.0)


def test_a_constant_image_is_flat() -> None:
    equal_in_every_box(np.full((9, 10, 40), 1000, dtype=np.int16), (1.0, 1.0, 1.0), 2.0)

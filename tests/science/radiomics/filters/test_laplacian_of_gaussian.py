"""The Laplacian of Gaussian equals SimpleITK's, which PyRadiomics calls, bit for bit; so do the images it skips."""

import numpy as np
import pytest

from backend.science.radiomics.filters import laplacian_of_gaussian as of_lines
from backend.science.radiomics.filters.laplacian_of_gaussian import fits, laplacian_of_gaussian
from backend.science.radiomics.filters.recursive_gaussian import filtered, second_derivative
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


def test_lines_that_lie_far_apart() -> None:
    """Copied in strips of 256 lines; 19 500 are no multiple of that."""
    box = (slice(2, 6), slice(0, 130), slice(0, 150))
    equal_in_every_box(noise(np.int16, (9, 130, 150)), (1.0, 1.0, 1.0), 2.0, [box])
    equal_in_every_box(noise(np.float64, (7, 130, 150)), (1.0, 1.0, 1.0), 1.0, [box])


@pytest.mark.parametrize("shape", [(4, 4), (9, 12), (40, 21)])
def test_an_image_of_two_dimensions(shape: tuple[int, int]) -> None:
    equal_in_every_box(noise(np.int16, shape), (0.7, 1.9), 1.5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_voxel_that_is_no_number_spoils_its_lines(kind: type, value: float) -> None:
    voxels = noise(kind)
    voxels[4, 5, 5] = value
    equal_in_every_box(voxels, (0.7, 0.9, 3.3), 1.0)


def test_a_constant_image_is_flat() -> None:
    equal_in_every_box(np.full((9, 10, 40), 1000, dtype=np.int16), (1.0, 1.0, 1.0), 2.0)


LONG = (5, 6, 300)  # so long that only a part of a line is read around a box in its middle


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sigma", [0.3, 0.6, 1.0, 1.5, 3.0])
def test_a_part_of_a_long_line_gives_the_same_bits(kind: type, sigma: float) -> None:
    box = (slice(0, 5), slice(1, 4), slice(140, 170))
    equal_in_every_box(noise(kind, LONG), (1.0, 1.0, 1.0), sigma, [box])


def test_only_a_part_is_read_where_that_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    lines = of_lines._of_lines
    monkeypatch.setattr(of_lines, "_of_lines", lambda voxels, *rest: read.append(voxels.shape) or lines(voxels, *rest))
    laplacian_of_gaussian(noise(np.int16, LONG), (1.0, 1.0, 1.0), 1.0, (slice(1, 3), slice(2, 4), slice(140, 170)))
    assert read == [(5, 6, 138)]


def far(kind, value):
    """An empty line of voxels, but for one at its beginning, and a box just out of its reach with a sigma of 0.5."""
    voxels = np.zeros(LONG, dtype=kind)
    voxels[2, 2, 5] = value
    return voxels, (slice(0, 5), slice(1, 4), slice(36, 60))


@pytest.mark.parametrize("value", [1000, -1])
def test_a_trace_of_what_is_far_is_there_where_nothing_else_is(value: int) -> None:
    voxels, box = far(np.int16, value)
    image = theirs(voxels, (1.0, 1.0, 1.0), 0.5)
    assert np.any(image[box] != 0)
    equal_in_every_box(voxels, (1.0, 1.0, 1.0), 0.5, [box])


@pytest.mark.parametrize("value", [3e38, np.inf, np.nan])
def test_a_far_voxel_beyond_all_others_is_not_left_out(value: float) -> None:
    voxels, box = far(np.float32, value)
    voxels[:, :, 30:] = noise(np.float32, (5, 6, 270))
    equal_in_every_box(voxels, (1.0, 1.0, 1.0), 0.5, [box])


@pytest.mark.parametrize("widest", [128, 256])
@pytest.mark.parametrize("kind", [np.int16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(9, 12, 37), (5, 19, 4), (33, 4, 7), (40, 50, 90)])
def test_the_width_of_vectors_changes_no_bit(kind: type, shape: tuple[int, int, int], widest: int) -> None:
    voxels = noise(kind, shape)
    for axis in range(3):
        for kept in (slice(0, shape[axis]), slice(1, 3)):
            there = filtered(voxels, axis, second_derivative(1.3, 0.8), kept, widest)
            assert_same(there, filtered(voxels, axis, second_derivative(1.3, 0.8), kept))

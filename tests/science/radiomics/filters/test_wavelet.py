"""Subbands equal PyRadiomics' bit for bit: every wavelet, level, type and border."""

import numpy as np
import pytest
import pywt

from backend.science.radiomics.filters.wavelet import subbands
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.scratch import Scratch
from tests.science.radiomics.filters.oracle import KINDS, SHAPES, SPACING, assert_same, boxes, derived, noise
from tests.science.radiomics.odd_regions import compared
from tests.science.radiomics.phantom import ellipsoid, textured


def ours(voxels, mask, wavelet="coif1", **settings):
    """Name -> values of the region's voxels, copied while they are valid."""
    index = MaskIndex.of(mask)
    found = subbands(voxels, index.box, {"roi": index}, wavelet, **settings)
    return {name: values["roi"].copy() for name, values in found}


def region(box, shape):
    """Six voxels in ten of a box, its corners among them."""
    inside = np.random.default_rng(3).random([side.stop - side.start for side in box]) < 0.6
    inside[0, 0, 0] = inside[-1, -1, -1] = True
    mask = np.zeros(shape, dtype=bool)
    mask[box] = inside
    return mask


def assert_equal(found, theirs, mask):
    assert list(found) == list(theirs)
    for name, values in found.items():
        assert_same(values, theirs[name][mask])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [*SHAPES, (1, 1, 3)])
def test_equal_on_every_type_and_box(kind: type, shape: tuple[int, int, int]) -> None:
    voxels = noise(kind, shape)
    theirs = derived("Wavelet", voxels)
    for box in boxes(shape):
        mask = region(box, shape)
        assert_equal(ours(voxels, mask), theirs, mask)


@pytest.mark.parametrize("wavelet", pywt.wavelist(kind="discrete"))
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_equal_for_every_wavelet_also_where_it_is_longer_than_the_image(wavelet: str, kind: type) -> None:
    for shape in ((7, 10, 40), (38, 5, 3)):
        voxels = noise(kind, shape)
        theirs = derived("Wavelet", voxels, wavelet=wavelet, level=2)
        for box in (tuple(slice(0, n) for n in shape), (slice(0, 2), slice(0, 2), slice(0, 2))):
            mask = region(box, shape)
            assert_equal(ours(voxels, mask, wavelet, level=2), theirs, mask)


@pytest.mark.parametrize(("level", "start_level"), [(2, 0), (3, 0), (1, 1), (2, 2)])
@pytest.mark.parametrize("kind", KINDS)
def test_equal_on_later_levels(kind: type, level: int, start_level: int) -> None:
    for shape in (*SHAPES, (13, 60, 41)):
        voxels = noise(kind, shape)
        theirs = derived("Wavelet", voxels, level=level, start_level=start_level, wavelet="db2")
        for box in boxes(shape):
            mask = region(box, shape)
            assert_equal(ours(voxels, mask, "db2", level=level, start_level=start_level), theirs, mask)


@pytest.mark.parametrize("left_out", [0, 1, 2])
@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_equal_in_slices(kind: type, level: int, left_out: int) -> None:
    axes = tuple(axis for axis in (2, 1, 0) if axis != left_out)
    for shape in SHAPES:
        voxels = noise(kind, shape)
        theirs = derived("Wavelet", voxels, force2D=True, force2Ddimension=left_out, level=level)
        assert list(theirs)[:3] == ["wavelet-LH", "wavelet-HL", "wavelet-HH"]
        for box in boxes(shape):
            mask = region(box, shape)
            assert_equal(ours(voxels, mask, axes=axes, level=level), theirs, mask)


@pytest.mark.parametrize("kind", [np.int16, np.float32])
def test_an_image_of_one_slice_is_pyradiomics_image_of_two_dimensions(kind: type) -> None:
    voxels = noise(kind, (1, 13, 18))
    mask = region((slice(0, 1), slice(0, 9), slice(5, 18)), voxels.shape)
    for settings, axes in (({}, (2, 1)), ({"force2D": True}, (2,)), ({"force2D": True, "force2Ddimension": 1}, (1,))):
        theirs = derived("Wavelet", voxels[0], spacing=SPACING[:2], level=2, **settings)
        found = ours(voxels, mask, level=2, axes=axes)
        # PyRadiomics counts the axes of its own image, (y, x): 0 is y.
        assert_equal(found, {name: band[None] for name, band in theirs.items()}, mask)


def test_regions_and_images_of_all_types_share_work_arrays() -> None:
    scratch = Scratch()
    shape = (12, 17, 16)
    masks = {"left": region((slice(0, 9), slice(2, 17), slice(0, 8)), shape)}
    masks["right"] = region((slice(3, 12), slice(0, 6), slice(5, 16)), shape)
    indices = {name: MaskIndex.of(mask) for name, mask in masks.items()}
    box = (slice(0, 12), slice(0, 17), slice(0, 16))
    for kind, level in ((np.float64, 1), (np.float32, 2), (np.int16, 3), (np.float32, 1)):
        voxels = noise(kind, shape, seed=level)
        theirs = derived("Wavelet", voxels, level=level)
        for name, values in subbands(voxels, box, indices, scratch=scratch, level=level):
            for roi, mask in masks.items():
                assert_same(values[roi], theirs[name][mask])


def test_the_image_is_normalised_where_it_is_needed() -> None:
    voxels, mask = noise(np.int16), region((slice(0, 4), slice(3, 6), slice(8, 11)), SHAPES[0])
    index = MaskIndex.of(mask)
    theirs = derived("Wavelet", voxels / 7.0)
    for name, values in subbands(voxels, index.box, {"roi": index}, normalise=lambda block: block / 7.0):
        assert_same(values["roi"], theirs[name][mask])


@pytest.mark.parametrize("kind", [np.int16, np.float32, np.float64])
@pytest.mark.parametrize(
    ("options", "setting"),
    [
        pytest.param({"level": 2, "wavelet": "db3"}, {"binWidth": 25}, id="two levels"),
        pytest.param({"start_level": 1}, {"binCount": 32}, id="second level alone"),
        pytest.param({"level": 2}, {"binWidth": 25, "force2D": True, "force2Ddimension": 1}, id="slices"),
        pytest.param({}, {"binWidth": 5, "normalize": True, "normalizeScale": 100}, id="normalised"),
    ],
)
def test_features_are_pyradiomics_own(kind: type, options: dict[str, object], setting: dict[str, object]) -> None:
    result = compared(textured().astype(kind), ellipsoid(), setting, {"Wavelet": options})
    assert (result.beyond, result.undefined) == ([], [])
    assert result.features > 90 * 4

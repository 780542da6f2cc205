"""Local binary patterns in space equal PyRadiomics' formulas.

PyRadiomics 3.0.1 itself yields none with a scipy of today, which has neither `sph_harm` nor `ndimage.interpolation`.
So its formulas are written out here, on all voxels at once, with scipy and trimesh.
"""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.ndimage import map_coordinates
from scipy.special import sph_harm_y
from scipy.stats import kurtosis

from backend.science.radiomics import extract, settings_of
from backend.science.radiomics.filters.icosphere import icosphere
from backend.science.radiomics.filters.local_binary_pattern_3d import local_binary_pattern_3d
from backend.science.radiomics.filters.spline_samples import SplineSamples
from backend.science.radiomics.region.mask_index import MaskIndex
from tests.science.radiomics.filters.oracle import KINDS, SHAPES, boxes, noise
from tests.science.radiomics.odd_regions import Comparison, judge, parameters
from tests.science.radiomics.phantom import SPACING, ellipsoid, stock, textured

creation = pytest.importorskip("trimesh.creation", reason="trimesh is not installed: nothing to compare with")


def region(box, shape, share=0.6):
    inside = np.random.default_rng(3).random([side.stop - side.start for side in box]) < share
    inside[0, 0, 0] = inside[-1, -1, -1] = True
    mask = np.zeros(shape, dtype=bool)
    mask[box] = inside
    return mask


def sampled(voxels, mask, corners):
    """(voxels, corners) in the image's type."""
    places = np.array(np.where(mask)).T[None] + corners[:, None]
    return map_coordinates(voxels, places.T, order=3)


def formulas(voxels, mask, levels, radius, subdivision):
    """Name -> values of the region's voxels, in complex numbers of all orders at once."""
    corners = np.array(creation.icosphere(subdivision, radius).vertices)
    polar, azimuth = np.arccos(corners[:, 2] / radius), np.arctan2(corners[:, 1], corners[:, 0])
    orders = np.array([n for n in range(levels) for _ in range(2 * n + 1)])
    degrees = np.array([m for n in range(levels) for m in range(-n, n + 1)])
    # scipy's sph_harm took the azimuth first; PyRadiomics gave it the polar angle there.
    harmonics = np.stack([sph_harm_y(n, m, azimuth, polar) for n, m in zip(orders, degrees, strict=True)], axis=1)
    samples = sampled(voxels, mask, corners)
    with np.errstate(all="ignore"):
        found = {"k": kurtosis(samples, axis=1)}
    above = samples >= voxels[mask][:, None]
    sums = (above[:, :, None] * harmonics).sum(axis=1)
    own = [orders == n for n in range(levels)]
    on_sphere = [(sums[:, None, which] * harmonics[None, :, which]).sum(axis=2) for which in own]
    powers = np.sqrt((np.stack(on_sphere, axis=2) ** 2).sum(axis=1)).real
    return found | {f"m{n + 1}": powers[:, n] for n in range(levels)}


def assert_equal(voxels, mask, levels=2, radius=1.0, subdivision=1):
    theirs = formulas(voxels, mask, levels, radius, subdivision)
    ours = dict(local_binary_pattern_3d(voxels, MaskIndex.of(mask), levels, radius, subdivision))
    assert list(ours) == [*(f"m{level + 1}" for level in range(levels)), "k"]
    for name, values in ours.items():
        assert values.dtype == np.float64
        # The pattern of a voxel is the same; the sum of its harmonics may be rounded otherwise.
        within = 0 if name in ("m1", "k") else 1e-9
        np.testing.assert_allclose(values, theirs[name], rtol=within, atol=within, err_msg=name)


@pytest.mark.parametrize("kind", [*KINDS, np.int8, np.uint16])
@pytest.mark.parametrize("shape", [*SHAPES, (2, 3, 5), (30, 4, 6)])
def test_equal_on_every_type_and_box(kind: type, shape: tuple[int, int, int]) -> None:
    voxels = noise(kind, shape).clip(-120, 120)
    for box in boxes(shape):
        assert_equal(voxels, region(box, shape))


@pytest.mark.parametrize("radius", [0.4, 1.0, 1.6, 2.0, 3.7])
@pytest.mark.parametrize(("levels", "subdivision"), [(2, 0), (3, 1), (5, 2)])
def test_equal_for_every_sphere(radius: float, levels: int, subdivision: int) -> None:
    voxels = noise(np.float32)
    for box in boxes(voxels.shape):
        assert_equal(voxels, region(box, voxels.shape), levels, radius, subdivision)


@pytest.mark.parametrize("kind", [np.int16, np.float32, np.float64])
def test_equal_in_flat_tissue_where_rounding_decides(kind: type) -> None:
    """Samples of equal neighbours differ by rounding alone, and the pattern follows it."""
    voxels = np.round(noise(np.float64, (14, 15, 16)) / 90).astype(kind) * kind(3)
    assert_equal(voxels, region((slice(0, 14), slice(2, 15), slice(0, 16)), voxels.shape))


def test_far_from_the_borders_the_samples_are_those_of_the_whole_image() -> None:
    voxels = noise(np.float64, (150, 160, 155)) * 1e3
    box = (slice(70, 76), slice(80, 86), slice(72, 80))
    mask = region(box, voxels.shape)
    corners = icosphere(1, 2.0)
    spans = np.array([[z, y, 0, 8] for z in range(6) for y in range(6)], dtype=np.int32)
    found = SplineSamples(voxels, box, corners).at(spans)
    np.testing.assert_array_equal(found[:, mask[box].ravel()].T, sampled(voxels, mask, corners))


def test_equal_where_the_region_is_measured_in_parts() -> None:
    voxels = noise(np.float32, (13, 24, 25))
    assert_equal(voxels, region((slice(0, 13), slice(0, 24), slice(1, 24)), voxels.shape), 2, 1.5, 3)


@pytest.mark.parametrize("setting", [{"binCount": 8}, {"binWidth": 0.4, "normalize": True, "normalizeScale": 100}])
def test_features_are_pyradiomics_own_on_the_same_image(setting: dict[str, object]) -> None:
    """Its own images cannot be had; so its features are taken on the patterns, put back into an image."""
    voxels, mask = textured().astype(np.float32), ellipsoid()
    ours = extract(voxels, mask, SPACING, settings_of(parameters(setting, {"LBP3D": {}}), "patterns"))
    assert (ours.engine, ours.fallback) == ("fast", "")
    seen = sitk.GetArrayFromImage(sitk.Normalize(sitk.GetImageFromArray(voxels.astype(np.float64)))) * 100
    patterns = formulas(seen if "normalize" in setting else voxels, mask, 2, 1, 1)
    result = Comparison()
    for name in ("m1", "m2", "k"):
        image = np.zeros(voxels.shape)
        image[mask] = patterns[name]
        bins = {key: value for key, value in setting.items() if key.startswith("bin")}
        for feature, value in stock(image, mask, parameters(bins, {"Original": {}})).items():
            judge(result, feature, ours.values[feature.replace("original", f"lbp-3D-{name}")], value, 1)
    assert (result.beyond, result.undefined) == ([], [])
    assert len(ours.values) == 3 * 93

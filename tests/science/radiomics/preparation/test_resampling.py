"""Resampling and cropping in the image's own type, against PyRadiomics' whole extraction and its resampleImage."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.science.imaging.grid import Grid
from backend.science.radiomics import extract, settings_of
from backend.science.radiomics.plan import plan_of
from backend.science.radiomics.preparation.resampling import resampled
from backend.science.radiomics.preparation.source import Source
from tests.oracle import needs_oracle, radiomics
from tests.science.radiomics.phantom import SPACING, ellipsoid, stock, textured

pytestmark = needs_oracle
INTERPOLATORS = ("sitkBSpline", "sitkLinear", "sitkNearestNeighbor", "sitkGaussian", "sitkLanczosWindowedSinc")


def volumes(image, mask):
    both = [sitk.GetImageFromArray(array) for array in (image, mask.astype(np.uint32))]
    for volume in both:
        volume.SetSpacing(SPACING)
        volume.SetOrigin((-12.3, 4.5, 100.0))
    return both


def ours_and_theirs(image, mask, setting):
    both = volumes(image, mask)
    grid = Grid.of(both[0])
    plan = plan_of(settings_of({"setting": setting}, "x")).preparation
    ours = resampled(Source(image, SPACING), mask, grid, plan)
    options = {"interpolator": "sitkBSpline", "padDistance": 5, "label": 1, **setting}
    theirs = radiomics().imageoperations.resampleImage(*both, **options)
    return ours, theirs


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64], ids=lambda d: d.__name__)
@pytest.mark.parametrize("interpolator", INTERPOLATORS)
@pytest.mark.parametrize("spacing", [[1, 1, 2], [0.4, 0.6, 0.7], [0.9, 0, 0]], ids=str)
def test_image_region_and_grid_are_pyradiomics(dtype, interpolator, spacing):
    image = textured(seed=8)
    image = image.astype(dtype)
    setting = {"resampledPixelSpacing": spacing, "interpolator": interpolator, "padDistance": 2}
    (voxels, region, grid), (image_2, mask_2) = ours_and_theirs(image, ellipsoid(), setting)
    assert voxels.dtype == dtype
    exact = np.issubdtype(dtype, np.integer)
    np.testing.assert_allclose(voxels, sitk.GetArrayFromImage(image_2), rtol=0 if exact else 1e-6, atol=0)
    assert np.array_equal(region, sitk.GetArrayFromImage(mask_2) == 1)
    np.testing.assert_allclose(grid.origin, image_2.GetOrigin(), rtol=1e-12)
    assert grid.size == image_2.GetSize()


@pytest.mark.parametrize("value", [-1000, 7])
def test_air_of_one_value_is_what_itk_makes_of_it(value):
    """B-spline values of a plateau are whole but for rounding, and ITK cuts fractions off: only its own bits know."""
    image = np.full((15, 26, 29), value, dtype=np.int16)
    image[5:9, 8:15, 9:20] = np.random.default_rng(3).integers(0, 300, (4, 7, 11))
    (voxels, *_), (image_2, _) = ours_and_theirs(image, ellipsoid(), {"resampledPixelSpacing": [0.8, 0.8, 1.3]})
    assert np.array_equal(voxels, sitk.GetArrayFromImage(image_2))


def test_a_point_on_the_outer_edge_of_the_image_is_placed_by_itk():
    image = textured((10, 13, 14), seed=2)
    mask = np.zeros(image.shape, dtype=bool)
    mask[3:, 4:, 3:] = True
    (voxels, *_), (image_2, _) = ours_and_theirs(image, mask, {"resampledPixelSpacing": [0, 0.2, 0.8]})
    np.testing.assert_allclose(voxels, sitk.GetArrayFromImage(image_2), rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
@pytest.mark.parametrize(
    "setting",
    [
        {"resampledPixelSpacing": [1, 1, 2], "binWidth": 5},
        {"resampledPixelSpacing": [1, 1, 2], "binWidth": 5, "normalize": True, "normalizeScale": 100},
        {"preCrop": True, "padDistance": 3, "binWidth": 10},
        {"resampledPixelSpacing": [0.5, 0.5, 1], "binCount": 16},  # the image's own spacing: cropped only
    ],
    ids=["resampled", "normalised and resampled", "cropped", "same spacing"],
)
def test_features_of_prepared_images_agree(dtype, setting):
    image, mask = textured(seed=6).astype(dtype), ellipsoid()
    classes = {name: [] for name in ("firstorder", "glcm", "glszm", "shape")}
    images = {"Original": {}, "Wavelet": {}, "LoG": {"sigma": [1.0]}, "Exponential": {}}
    parameters = {"imageType": images, "featureClass": classes, "setting": setting}
    ours = extract(image, mask, SPACING, settings_of(parameters, "x"))
    theirs = stock(image, mask, parameters)
    assert list(ours.values) == list(theirs)
    for name, value in theirs.items():
        assert ours.values[name] == pytest.approx(value, rel=1e-6, abs=1e-9), name


def test_a_region_that_resampling_loses_is_refused():
    image, mask = textured(), np.zeros((15, 26, 29), dtype=bool)
    mask[7, 10:12, 14] = True
    ours = extract(image, mask, SPACING, settings_of({"setting": {"resampledPixelSpacing": [9, 9, 9]}}, "x"))
    assert ours.status == "refused"

"""Our extraction against PyRadiomics' own `execute`: the same names, the same bits, and no number without its doubt."""

import math

import numpy as np
import pytest
import SimpleITK as sitk

from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import prepare
from backend.science.radiomics import case_feature_names, extract, extract_case, load_settings, settings_of
from backend.science.radiomics.reference import one_quiet_thread
from tests.oracle import needs_oracle, radiomics
from tests.science.radiomics.phantom import SPACING, ellipsoid, stock, textured

PAPER = load_settings("paper")
QUICK = settings_of(
    {"featureClass": {"firstorder": ["Mean"], "glcm": ["Contrast"]}, "setting": {"binWidth": 5}}, "quick"
)


def assert_bits_equal(ours, theirs):
    assert list(ours) == list(theirs)
    assert np.array(list(ours.values())).tobytes() == np.array(list(theirs.values())).tobytes()


@needs_oracle
def test_paper_features_are_pyradiomics_bit_for_bit_though_cropped():
    image, mask = textured(), ellipsoid()
    extraction = extract(image, mask, SPACING, PAPER, "T2", engine="pyradiomics")
    assert (extraction.engine, extraction.fallback) == ("pyradiomics", "")
    assert (extraction.status, extraction.reason) == ("ok", "")
    assert len(extraction.values) == 837
    assert_bits_equal(extraction.values, stock(image, mask))


@needs_oracle
@pytest.mark.parametrize(
    "centre",
    [(3, 12, 14), (7, 6, 14), (7, 12, 7), (10, 18, 21), (11, 19, 21)],
    ids=["low z", "low y", "low x", "high, 1 voxel left", "high, touching"],
)
def test_wavelets_near_the_border_wrap_as_in_the_whole_image(centre):
    image, mask = textured(seed=1), ellipsoid(centre=centre)
    parameters = {
        "imageType": {"Wavelet": {}},
        "featureClass": {"firstorder": [], "ngtdm": []},
        "setting": {"binCount": 16},
    }
    extraction = extract(image, mask, SPACING, settings_of(parameters, "wavelet"), engine="pyradiomics")
    assert_bits_equal(extraction.values, stock(image, mask, parameters))
    assert extraction.quality.touches_border is ("border" in extraction.reason)


@needs_oracle
@pytest.mark.parametrize(
    "parameters",
    [
        {"imageType": {"LoG": {"sigma": [1.0, 2.5]}, "Square": {}}, "featureClass": {"glszm": []}},
        {"featureClass": {"shape": [], "firstorder": ["Energy", "Skewness"]}, "setting": {"binWidth": 7.5}},
        {"setting": {"resampledPixelSpacing": [1, 1, 1], "interpolator": "sitkLinear", "binCount": 20}},
        {"setting": {"resegmentRange": [-1, 1], "resegmentMode": "sigma", "binWidth": 10, "resegmentShape": True}},
        {"setting": {"normalize": True, "normalizeScale": 100, "removeOutliers": 2, "binWidth": 5}},
    ],
    ids=["filters that see everything", "shape and chosen features", "resampled", "resegmented", "normalised width 5"],
)
def test_other_settings_agree_with_pyradiomics_too(parameters):
    image, mask = textured(seed=2), ellipsoid()
    parameters = {"featureClass": {"firstorder": [], "gldm": []}, **parameters}
    extraction = extract(image, mask, SPACING, settings_of(parameters, "other"), engine="pyradiomics")
    assert_bits_equal(extraction.values, stock(image, mask, parameters))


def test_an_oblique_image_is_resampled_in_its_place():
    image, mask = textured(seed=5), ellipsoid()
    parameters = {
        "imageType": {"Original": {}, "Wavelet": {}},
        "featureClass": {"firstorder": [], "glcm": []},
        "setting": {"resampledPixelSpacing": [1, 1, 3], "binWidth": 25},
    }
    turned = math.radians(12)
    axes = (1, 0, 0, 0, math.cos(turned), -math.sin(turned), 0, math.sin(turned), math.cos(turned))
    grid = Grid(image.shape[::-1], SPACING, (-93.2, -71.4, 18.6), axes)
    extraction = extract(image, mask, grid, settings_of(parameters, "oblique"))
    both = [sitk.GetImageFromArray(array) for array in (image.astype(np.float64), mask.astype(np.uint8))]
    for volume in both:
        volume.SetSpacing(grid.spacing)
        volume.SetOrigin(grid.origin)
        volume.SetDirection(grid.direction)
    with one_quiet_thread():
        found = radiomics().featureextractor.RadiomicsFeatureExtractor(parameters).execute(*both)
    expected = [float(found[name]) for name in extraction.values]
    np.testing.assert_allclose(list(extraction.values.values()), expected, rtol=1e-9)
    assert (extraction.engine, extraction.fallback) == ("fast", "")


def test_grey_levels_count_what_pyradiomics_discretises():
    image, mask = textured(seed=4), ellipsoid()
    extraction = extract(image, mask, SPACING, PAPER)
    assert set(extraction.quality.grey_levels) == {name.split("_")[0] for name in extraction.values}
    assert all(20 <= levels <= 32 for levels in extraction.quality.grey_levels.values())
    width = extract(np.round(image), mask, SPACING, settings_of({"setting": {"binWidth": 25}}, "w"))
    expected = len(np.unique(np.round(image)[mask] // 25))
    assert width.quality.grey_levels == {"original": expected}


def test_one_grey_level_is_flagged_never_silent():
    image = 0.3 + textured() / 1000  # a 0 - 1 scaled image
    extraction = extract(image, ellipsoid(), SPACING, settings_of({"setting": {"binWidth": 25}}, "default"), "DWI")
    assert extraction.status == "flagged"
    assert extraction.reason.startswith("DWI: one grey level in original")
    assert extraction.quality.one_grey_level == ("original",)


@needs_oracle
def test_features_undefined_on_isolated_voxels_are_nan_and_counted():
    image, mask = textured(), np.zeros((15, 26, 29), dtype=bool)
    mask[3, 3, 3] = mask[7, 9, 20] = mask[10, 20, 8] = True
    extraction = extract(image, mask, SPACING, PAPER, engine="pyradiomics")
    assert_bits_equal(extraction.values, stock(image, mask))
    undefined = sum(math.isnan(value) for value in extraction.values.values())
    assert undefined >= 359  # what PyRadiomics leaves undefined on three isolated voxels
    assert extraction.status == "flagged"
    assert f"{undefined} of 837 features are undefined" in extraction.reason
    assert (extraction.quality.voxels, extraction.quality.components) == (3, 3)


@pytest.mark.parametrize(
    ("voxels", "sentence"),
    [
        ([], "the mask is empty"),
        ([(5, 5, 5)], "single voxel"),
        ([(5, 5, 5), (5, 5, 6), (5, 5, 7)], "extends in 1 dimension"),
    ],
)
def test_regions_without_features_are_refused_with_all_names_and_nan(voxels, sentence):
    mask = np.zeros((15, 26, 29), dtype=bool)
    for voxel in voxels:
        mask[voxel] = True
    extraction = extract(textured(), mask, SPACING, PAPER)
    assert extraction.status == "refused"
    assert sentence in extraction.reason
    assert len(extraction.values) == 837
    assert all(math.isnan(value) for value in extraction.values.values())


def test_voxels_that_are_not_finite_and_full_masks_are_refused():
    image = textured()
    assert "fills the whole image" in extract(image, np.ones(image.shape), SPACING, QUICK).reason
    image[0, 0, 0] = np.nan
    assert "not finite" in extract(image, ellipsoid(), SPACING, QUICK).reason


def prepared(lesion=True, modalities=("T2", "DWI", "ADC")):
    images, masks = {}, {"gland": ellipsoid(), "lesion": ellipsoid(radii=(2, 3, 3)) & lesion}
    for seed, modality in enumerate(modalities):
        images[modality] = sitk.GetImageFromArray(textured(seed=seed).astype(np.float32))
        images[modality].SetSpacing(SPACING)
    volumes = {}
    for roi, mask in masks.items():
        volumes[roi] = sitk.GetImageFromArray(mask.astype(np.uint8))
        volumes[roi].SetSpacing(SPACING)
    return prepare(images, volumes, SPACING)


def test_case_features_are_named_by_modality_in_fixed_order():
    case = prepared()
    features = extract_case(case, "gland", QUICK)
    assert features.names == (
        *("T2_original_firstorder_Mean", "T2_original_glcm_Contrast"),
        *("DWI_original_firstorder_Mean", "DWI_original_glcm_Contrast"),
        *("ADC_original_firstorder_Mean", "ADC_original_glcm_Contrast"),
    )
    expected = [
        case.images[modality][case.masks["gland"] > 0].astype(float).mean() for modality in ("T2", "DWI", "ADC")
    ]
    assert np.allclose(features.values[::2], expected, rtol=1e-12)
    assert features.status == "ok"
    assert features.quality["ADC"].native_voxels == case.masks["gland"].sum()
    assert len(case_feature_names(PAPER)) == 2511
    assert "ADC_wavelet-LLH_firstorder_Kurtosis" in case_feature_names(PAPER)


def test_missing_modality_is_nan_in_its_place_and_flagged():
    features = extract_case(prepared(modalities=("T2", "ADC")), "gland", QUICK)
    assert np.isnan(features.values).tolist() == [False, False, True, True, False, False]
    assert (features.status, features.reason) == ("flagged", "DWI: there is no image")


def test_empty_and_absent_lesions_are_refused_apart():
    empty = extract_case(prepared(lesion=False), "lesion", QUICK)
    assert (empty.status, empty.reason) == ("refused", "the lesion mask is empty")
    assert np.isnan(empty.values).all()
    assert extract_case(prepared(), "zones", QUICK).reason == "there is no zones mask"


def test_nothing_is_printed(capfd):
    extract(textured(), ellipsoid(radii=(0.5, 1.2, 1.2)), SPACING, PAPER)
    assert capfd.readouterr() == ("", "")

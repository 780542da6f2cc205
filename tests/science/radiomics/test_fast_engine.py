"""The fast engine against PyRadiomics itself: every feature, the same NaN, the same refusals."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.science.radiomics import extract, feature_names, settings_of
from backend.science.radiomics.filters.wavelet import filters
from backend.science.radiomics.parameters.feature_order import FEATURES
from backend.science.radiomics.parameters.schema import extractor_of
from backend.science.radiomics.parameters.settings import load_settings
from tests.oracle import needs_oracle, radiomics
from tests.science.radiomics.odd_regions import DISCRETISATIONS, REGIONS, compared, parameters
from tests.science.radiomics.phantom import SPACING, ellipsoid, stock, textured

HUNDREDS = ("more than 500 levels", "raw width 5")


@pytest.mark.parametrize("region", REGIONS)
def test_every_feature_of_odd_regions_is_pyradiomics(region):
    result = compared(*REGIONS[region](), DISCRETISATIONS["32 bins"])
    assert result is None or (result.beyond, result.undefined) == ([], [])


@pytest.mark.parametrize(
    ("region", "discretisation"),
    [
        (region, discretisation)
        for region in REGIONS
        for discretisation in ("width 25", "normalised width 5", "raw width 5")
        if (region, discretisation) != HUNDREDS
    ],
)
def test_other_discretisations_of_them_agree(region, discretisation):
    """On the image itself; its subbands are the same numbers under any discretisation."""
    result = compared(*REGIONS[region](), DISCRETISATIONS[discretisation], {"Original": {}})
    assert result is None or (result.beyond, result.undefined) == ([], [])


@pytest.mark.parametrize("discretisation", ["normalised width 5", "raw width 5"])
def test_subbands_of_whole_numbers_agree(discretisation):
    result = compared(*REGIONS["integers"](), DISCRETISATIONS[discretisation], {"Wavelet": {}})
    assert (result.beyond, result.undefined) == ([], [])


@pytest.mark.parametrize(
    "setting",
    [
        {"binCount": 16, "gldm_a": 2},
        {"binCount": 16, "voxelArrayShift": 300},
        {"binWidth": 5, "normalize": True, "normalizeScale": 50, "removeOutliers": 1.5},
        {"binWidth": 5, "resegmentRange": [-1, 1], "resegmentMode": "sigma"},
        {"binWidth": 5, "resegmentRange": [0.2, 0.9], "resegmentMode": "relative"},
        {"binWidth": 5, "resegmentRange": [190]},
        {"binCount": 8, "minimumROIDimensions": 3, "minimumROISize": 10},
    ],
    ids=lambda setting: "-".join(setting),
)
def test_every_setting_it_covers_agrees(setting):
    result = compared(textured(seed=2), ellipsoid(), setting, {"Original": {}})
    assert (result.beyond, result.undefined) == ([], [])


def test_hundreds_of_levels_agree():
    region, discretisation = HUNDREDS
    image, mask = REGIONS[region]()
    result = compared(image, mask, DISCRETISATIONS[discretisation], {"Original": {}})
    assert (result.beyond, result.undefined) == ([], [])
    assert len(np.unique(image[mask] // 5)) == 506


def test_other_wavelets_and_bins_of_one_image_type_agree():
    images = {"Original": {"binCount": 8}, "Wavelet": {"wavelet": "db4", "binCount": 16}}
    result = compared(textured(seed=3), ellipsoid(centre=(4, 12, 14)), {}, images)
    assert (result.beyond, result.undefined) == ([], [])


@needs_oracle
@pytest.mark.parametrize(
    ("setting", "mask"),
    [
        ({"minimumROISize": 5000}, ellipsoid()),
        ({"resegmentRange": [1e6, 2e6]}, ellipsoid()),
        ({"minimumROIDimensions": 3}, REGIONS["one slice"]()[1]),
    ],
)
def test_refusals_are_pyradiomics_own(setting, mask):
    asked = parameters(setting, {"Original": {}})
    fast, slow = (
        extract(textured(), mask, SPACING, settings_of(asked, "x"), engine=engine) for engine in ("fast", "pyradiomics")
    )
    with pytest.raises(ValueError, match=r"too small|excluded too many|too few dimensions"):
        stock(textured(), mask, asked)
    assert fast.status == slow.status == "refused"
    assert fast.reason == slow.reason


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    image=arrays(np.int16, st.tuples(*[st.integers(3, 6)] * 3), elements=st.integers(-20, 20)),
    seed=st.integers(0, 2**16),
    density=st.sampled_from([0.1, 0.4, 0.8]),
    setting=st.sampled_from([{"binWidth": 1}, {"binWidth": 7.5}, {"binCount": 5}]),
)
def test_any_small_volume_agrees(image, seed, density, setting):
    mask = np.random.default_rng(seed).random(image.shape) < density
    if not mask.any():
        mask.flat[0] = True
    result = compared(image.astype(float), mask, setting, {"Original": {}})
    assert result is None or (result.beyond, result.undefined) == ([], [])


def test_same_input_gives_the_same_bits_alone_and_beside_another_region():
    asked = settings_of(parameters({"binCount": 32}), "x")
    first, second = (extract(textured(), ellipsoid(), SPACING, asked) for _ in range(2))
    assert np.array(list(first.values.values())).tobytes() == np.array(list(second.values.values())).tobytes()


def test_an_image_without_defined_values_is_left_out_and_the_others_are_measured():
    """Nobody can number the grey levels of a width next to 0: PyRadiomics asks for more memory than there is."""
    asked = {
        "imageType": {"Original": {"binWidth": 1e-30}, "Square": {"binWidth": 5}, "LoG": {"sigma": [1.0, 40.0]}},
        "featureClass": {"firstorder": ["Mean"], "ngtdm": ["Busyness"]},
    }
    extraction = extract(textured(), ellipsoid(radii=(2, 3, 3)), SPACING, settings_of(asked, "x"))
    assert (extraction.engine, extraction.fallback, extraction.status) == ("fast", "", "flagged")
    held = {name.split("_")[0] for name, value in extraction.values.items() if not np.isnan(value)}
    assert held == {"square", "log-sigma-1-0-mm-3D"}
    assert "original left out: binWidth 1e-30 makes more grey levels" in extraction.reason
    assert "log-sigma-40-0-mm-3D left out: PyRadiomics makes none of an image so small" in extraction.reason
    assert "4 of 8 features are undefined" in extraction.reason


@needs_oracle
def test_without_its_kernel_pyradiomics_computes_and_says_why(monkeypatch, tmp_path):
    from backend.science.radiomics import kernel, plan

    monkeypatch.setattr(kernel, "LIBRARY", tmp_path / "none.so")
    kernel.library.cache_clear()
    plan.plan_of.cache_clear()
    asked = settings_of({"featureClass": {"firstorder": ["Mean"]}}, "x")
    extraction = extract(textured(), ellipsoid(), SPACING, asked)
    kernel.library.cache_clear()
    assert extraction.engine == "pyradiomics"
    assert "the compiled kernel of the fast engine is missing; install RadiomicLens again" in extraction.fallback


def test_names_and_filters_are_pyradiomics_and_pywavelets_own():
    import pywt

    for name, known in FEATURES.items():
        theirs = radiomics().getFeatureClasses()[name].getFeatureNames()
        assert list(known) == [feature for feature, deprecated in theirs.items() if not deprecated]
    wavelet = pywt.Wavelet("coif1")
    assert [list(taps) for taps in filters("coif1")] == [wavelet.dec_lo, wavelet.dec_hi]
    extractor_of(load_settings("paper").parameters)  # PyRadiomics' own schema accepts it
    assert len(feature_names(load_settings("paper"))) == 837

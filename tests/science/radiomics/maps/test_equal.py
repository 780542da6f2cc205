"""Maps against PyRadiomics' voxel-based ones: every feature, the same NaN, regions and settings of every kind."""

import numpy as np
import pytest

from backend.science.radiomics.parameters.settings import VoxelSettings
from tests.science.radiomics.maps.oracle import (
    OUTSIDE,
    REGIONS,
    SHAPE,
    SPACING,
    compared,
    our_map,
    smooth,
    stock_maps,
    unequal,
)

TEXTURE = {"glcm": ("Contrast", "Idmn", "JointAverage"), "glrlm": ("RunEntropy",), "ngtdm": ("Strength",)}
SOME = {"firstorder": ("Mean", "Entropy", "10Percentile"), **TEXTURE}


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("region", REGIONS)
def test_every_feature_of_every_region(region, masked):
    image, mask = REGIONS[region]()
    assert compared(image, mask, {"binWidth": 25}, VoxelSettings(1, masked, OUTSIDE)) == []


@pytest.mark.parametrize("masked", [True, False])
def test_every_feature_with_a_radius_of_two(masked):
    image, mask = REGIONS["holes"]()
    assert compared(image, mask, {"binCount": 9}, VoxelSettings(2, masked, OUTSIDE)) == []


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("region", ["corner", "flat"])
def test_every_feature_in_a_plane(region, axis):
    image, mask = REGIONS[region]()
    assert compared(image, mask, {"force2D": True, "force2Ddimension": axis}) == []


@pytest.mark.parametrize("norm", ["manhattan", "euclidean", "infinity", "no_weighting"])
def test_weights_of_directions(norm):
    image, mask = REGIONS["corner"]()
    assert compared(image, mask, {"weightingNorm": norm}) == []


@pytest.mark.parametrize("norm", ["manhattan", "infinity"])
def test_weights_of_one_level_make_no_noise(norm):
    image, mask = REGIONS["flat and rough"]()
    features = {"glcm": ("Correlation", "Imc1"), "glrlm": ("RunEntropy",)}
    assert compared(image, mask, {"weightingNorm": norm}, features=features) == []


def test_weights_where_no_neighbourhood_has_a_run():
    image, mask = REGIONS["isolated voxels"]()
    features = {"glrlm": ("RunEntropy", "RunVariance", "RunPercentage"), "glcm": ("Contrast",)}
    assert compared(image, mask, {"weightingNorm": "euclidean"}, features=features) == []


def test_skewness_of_equal_values_in_a_thin_region_follows_numpys_sums():
    image, mask = np.full(SHAPE, 0.1), np.zeros(SHAPE, dtype=bool)
    mask[2, :6, :5] = True
    features = {"firstorder": ("Skewness", "Kurtosis", "Variance")}
    for radius in (1, 2, 3):
        assert compared(image, mask, {}, VoxelSettings(radius, True, OUTSIDE), features) == []


@pytest.mark.parametrize("distances", [[1, 2], [2], [3, 7]])
def test_distances_as_far_as_the_neighbourhood_reaches(distances):
    image, mask = REGIONS["corner"]()
    assert compared(image, mask, {"distances": distances}, VoxelSettings(2, True, OUTSIDE), TEXTURE) == []


def test_pairs_in_one_order_alpha_and_shift():
    image, mask = REGIONS["corner"]()
    setting = {"symmetricalGLCM": False, "gldm_a": 1, "voxelArrayShift": 100}
    # Where one of the two voxels has one level only, PyRadiomics' Correlation is 0 / 0 with rounding noise.
    assert set(compared(image, mask, setting)) <= {"original_glcm_Correlation"}


@pytest.mark.parametrize(
    "images",
    [
        {"Wavelet": {}},
        {"LoG": {"sigma": [1.5]}},
        {"Square": {}},
        {"Gradient": {}},
        {"Logarithm": {"binWidth": 5}},
        {"LBP2D": {}},
    ],
    ids=lambda images: next(iter(images)),
)
@pytest.mark.parametrize("masked", [True, False])
def test_derived_images(images, masked):
    image = np.random.default_rng(0).normal(100, 40, (9, 10, 11)).astype(np.float32)
    mask = np.zeros(image.shape, dtype=bool)
    mask[3:6, 4:7, 3:8] = True
    assert compared(image, mask, {"binWidth": 10}, VoxelSettings(1, masked, OUTSIDE), SOME, images) == []


@pytest.mark.parametrize(
    "setting",
    [
        {"normalize": True, "normalizeScale": 100, "binWidth": 20},
        {"resegmentRange": [350, 550]},
        {"preCrop": True, "padDistance": 1},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_what_is_done_before_the_filters(setting):
    image, mask = smooth().astype(np.float64), REGIONS["corner"]()[1]
    if "resegmentRange" in setting:
        mask &= (image >= 350) & (image <= 550)  # the oracle's region is named before it is made
    if "preCrop" in setting:
        theirs = stock_maps(image, mask, SOME, setting, VoxelSettings(1, False, OUTSIDE))
        ours = {name: our_cropped(image, mask, name, setting) for name in theirs}
        assert [name for name in theirs if unequal(ours[name], theirs[name])] == []
        return
    assert compared(image, mask, setting, features=SOME) == []


def our_cropped(image, mask, name, setting):
    from backend.science.imaging.grid import Grid
    from backend.science.radiomics import settings_of
    from backend.science.radiomics.maps import feature_map

    made = feature_map(
        *(image, mask, Grid.at_origin(SHAPE, SPACING), name, settings_of({"setting": setting}, "x")),
        VoxelSettings(1, False, OUTSIDE),
    )
    assert made.grid.size == made.values.shape[::-1] != SHAPE[::-1]
    return made.values[made.region]


def test_a_map_has_the_same_bits_again():
    image, mask = REGIONS["corner"]()
    first, second = (our_map(image, mask, "original_glcm_MCC", {}, VoxelSettings(1, True, 0)) for _ in range(2))
    np.testing.assert_array_equal(first, second)

"""Maps without an oracle: a value by hand, what is refused, progress, cancelling, resampled grids."""

import math

import numpy as np
import pytest

from backend.errors import BadImage, BadSettings, Cancelled
from backend.science.imaging.grid import Grid
from backend.science.radiomics import settings_of
from backend.science.radiomics.maps import feature_map
from backend.science.radiomics.maps.voxels import BATCH
from backend.science.radiomics.parameters.settings import VoxelSettings

RAMP = np.arange(27.0).reshape(3, 3, 3)
ALL = np.ones((3, 3, 3), dtype=bool)


def mapped(image, region, feature, setting=None, voxel=None, **options):
    settings = settings_of({"setting": setting or {}}, "mine")
    return feature_map(image, region, Grid.at_origin(image.shape, (1.0, 1.0, 2.0)), feature, settings, voxel, **options)


def test_a_mean_by_hand():
    made = mapped(RAMP, ALL, "original_firstorder_Mean")
    assert made.values[1, 1, 1] == 13.0
    assert made.values[0, 0, 0] == np.mean(RAMP[:2, :2, :2])


def test_contrast_by_hand():
    """Two columns of levels 1 and 3 beside each other: pairs along the row differ by 2 levels, others by none."""
    image = np.zeros((1, 2, 2))
    image[..., 1] = 50
    made = mapped(image, image >= 0, "original_glcm_Contrast", {"binWidth": 25})
    # (0, 0, 1), (0, 1, 1) and (0, 1, -1) have pairs of levels 1 and 3, (0, 1, 0) equal ones
    np.testing.assert_allclose(made.values, 3 * 4 / 4)


def test_outside_stands_the_initial_value_the_settings_name():
    settings = settings_of({"voxelSetting": {"initValue": "nan", "kernelRadius": 2}}, "x")
    region = ALL.copy()
    region[0] = False
    made = feature_map(
        RAMP, region, Grid.at_origin(RAMP.shape, (1.0, 1.0, 1.0)), "original_firstorder_Maximum", settings
    )
    assert np.isnan(made.values[0]).all()
    assert (made.values[1:] == 26).all()  # a radius of 2 reaches the last voxel from all others


def test_progress_counts_voxels_and_a_map_no_longer_wanted_ends():
    image = np.random.default_rng(0).normal(size=(20, 20, 20))
    seen = []
    mapped(image, image == image, "original_glcm_Id", progress=lambda *step: seen.append(step))
    assert seen == [("map of Id", BATCH, 8000), ("map of Id", 8000, 8000)]
    looks = iter([False, True])
    with pytest.raises(Cancelled):
        mapped(image, image == image, "original_glcm_Id", cancelled=lambda: next(looks))


def test_a_resampled_map_lies_on_the_new_grid():
    image = np.random.default_rng(0).normal(size=(12, 12, 12))
    region = np.zeros(image.shape, dtype=bool)
    region[4:8, 4:8, 4:8] = True
    made = mapped(image, region, "original_firstorder_Mean", {"resampledPixelSpacing": [2, 2, 2], "padDistance": 1})
    assert made.grid.spacing == (2.0, 2.0, 2.0)
    assert made.values.shape == made.region.shape == made.grid.size[::-1]
    assert made.region.sum() == 2 * 2 * 4


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Contrast", "is no feature of an image; write image type, class and feature"),
        ("original_shape_Sphericity", "Shape is one number of the whole region"),
        ("original_texture_Contrast", "There is no feature class 'texture'; maps are made of firstorder, glcm"),
        ("original_glcm_Dissimilarity", "glcm has no map of 'Dissimilarity'; choose one of Autocorrelation"),
        ("wavelet-LLL_glcm_Contrast", "The radiomics settings mine make no image 'wavelet-LLL'; they make original."),
    ],
)
def test_what_has_no_map_is_refused_by_name(name, said):
    with pytest.raises(BadSettings) as refused:
        mapped(RAMP, ALL, name)
    assert said in refused.value.sentence


@pytest.mark.parametrize(
    ("image", "region", "said"),
    [
        (RAMP, ~ALL, "The mask is empty"),
        (RAMP[0], ALL[0], "three dimensions"),
        (RAMP, ALL[:2], "of the same size"),
        (np.where(RAMP == 3, math.nan, RAMP), ALL, "values that are not finite"),
        (RAMP, RAMP == 5, "PyRadiomics refuses the region (mask only contains 1 segmented voxel"),
    ],
    ids=["empty", "2-D", "sizes", "not finite", "one voxel"],
)
def test_regions_that_have_no_map(image, region, said):
    with pytest.raises(BadImage) as refused:
        feature_map(
            *(image, region, Grid.at_origin((3, 3, 3), (1.0, 1.0, 1.0)), "original_firstorder_Mean"),
            settings_of({}, "x"),
        )
    assert said in refused.value.sentence


def test_a_box_too_small_for_any_direction_is_refused_as_pyradiomics_does():
    with pytest.raises(BadImage) as refused:
        mapped(RAMP, RAMP > 4, "original_glcm_Contrast", {"distances": [3]})
    assert refused.value.sentence == "PyRadiomics refuses the region (Error getting angle count)."


def test_patterns_in_space_have_maps_of_masked_neighbourhoods_alone():
    image = np.random.default_rng(0).normal(size=(7, 7, 7))
    region = np.zeros(image.shape, dtype=bool)
    region[2:5, 2:5, 2:5] = True
    settings = settings_of({"imageType": {"LBP3D": {}}, "setting": {"binWidth": 0.1}}, "mine")
    grid = Grid.at_origin(image.shape, (1.0, 1.0, 1.0))
    name = "lbp-3D-m1_firstorder_Range"
    made = feature_map(image, region, grid, name, settings, VoxelSettings(1, True, 0))
    assert made.values[3, 3, 3] == made.values[region].max() > 0  # the middle sees the whole region
    with pytest.raises(BadSettings, match="lbp-3D-m1 has no values outside the region"):
        feature_map(image, region, grid, name, settings, VoxelSettings(1, False, 0))


def test_a_neighbourhood_that_is_too_wide_is_refused():
    with pytest.raises(BadSettings, match="kernelRadius is 11 here and 10 at most"):
        mapped(RAMP, ALL, "original_firstorder_Mean", voxel=VoxelSettings(11, True, 0))

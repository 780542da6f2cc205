"""Distances, weights and order of pairs against PyRadiomics: every feature, the same NaN, the same refusals."""

import numpy as np
import pytest

from backend.science.radiomics import extract, settings_of
from backend.science.radiomics.region.neighbourhood import Neighbourhood
from tests.oracle import radiomics
from tests.science.radiomics.odd_regions import REGIONS, compared, parameters
from tests.science.radiomics.phantom import SPACING, ellipsoid, textured

ORIGINAL = {"Original": {}}
SETTINGS = {
    "euclidean": {"weightingNorm": "euclidean"},
    "manhattan": {"weightingNorm": "manhattan"},
    "infinity, distances 2 and 1": {"weightingNorm": "infinity", "distances": [2, 1], "gldm_a": 1},
    "no weighting": {"weightingNorm": "no_weighting"},
    "asymmetric": {"symmetricalGLCM": False},
    "asymmetric and weighted": {"symmetricalGLCM": False, "weightingNorm": "manhattan"},
    "distance 2": {"distances": [2]},
    "distances 1 and 2": {"distances": [1, 2], "gldm_a": 2},
    "a distance twice": {"distances": [1, 1]},
    "distance 3 in a plane": {"distances": [3], "force2D": True, "force2Ddimension": 1},
    "two of three distances alike": {"distances": [1, 2, 1], "symmetricalGLCM": False, "force2D": True},
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("region", REGIONS)
def test_every_feature_is_pyradiomics(region, setting):
    image, mask = REGIONS[region]()
    width = {"binWidth": 40} if region == "more than 500 levels" else {"binCount": 12}
    result = compared(image, mask, SETTINGS[setting] | width, ORIGINAL)
    assert result is None or (result.beyond, result.undefined) == ([], [])


@pytest.mark.parametrize("setting", [{}, {"weightingNorm": "euclidean"}, {"symmetricalGLCM": False}], ids=str)
@pytest.mark.parametrize("levels", [1, 2])
def test_an_only_direction_without_pairs_is_as_in_pyradiomics(levels, setting):
    """In the plane of z the box has the direction y alone, and no line along it holds two voxels."""
    mask = np.zeros((15, 26, 29), dtype=bool)
    mask[3, 3, 3] = mask[4, 4, 3] = True
    image = np.where(np.arange(26)[:, None] > 3, 10.0 * levels, 10.0) + np.zeros((15, 26, 29))
    result = compared(image, mask, {"force2D": True, "binWidth": 10, **setting}, ORIGINAL)
    assert (result.beyond, result.undefined) == ([], [])


def test_angles_are_pyradiomics_own():
    generate = radiomics().cMatrices.generate_angles
    draw = np.random.default_rng(0)
    for _ in range(300):
        size = tuple(int(n) for n in draw.integers(1, 6, 3))
        distances = tuple(int(n) for n in draw.integers(1, 5, draw.integers(1, 4)))
        flat = draw.choice([None, 0, 1, 2])
        ours = Neighbourhood(flat=flat, distances=distances)
        for both_ways, found in ((0, ours.pairs(size)), (1, ours.around(size))):
            try:
                angles = generate(np.array(size), np.array(distances), both_ways, flat is not None, flat or 0)
            except RuntimeError:
                assert len(found) == 0
                continue
            assert sorted(map(tuple, angles)) == sorted(map(tuple, found))


def test_a_distance_beyond_the_region_is_refused_as_by_pyradiomics():
    image, mask = REGIONS["four in a square"]()
    assert compared(image, mask, {"distances": [2], "binCount": 4}, ORIGINAL) is None


def test_image_types_may_have_neighbours_of_their_own():
    images = {"Original": {"distances": [2]}, "Square": {"weightingNorm": "euclidean"}, "Gradient": {"gldm_a": 1}}
    result = compared(textured(), ellipsoid(), {"binCount": 8}, images)
    assert (result.beyond, result.undefined) == ([], [])


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_same_input_gives_the_same_bits(setting):
    asked = settings_of(parameters(SETTINGS[setting] | {"binCount": 16}, ORIGINAL), "x")
    first, second = (extract(textured(), ellipsoid(), SPACING, asked).values for _ in range(2))
    assert np.array(list(first.values())).tobytes() == np.array(list(second.values())).tobytes()


@pytest.mark.parametrize("seed", range(60))
def test_any_small_volume_under_any_setting_agrees(seed):
    draw = np.random.default_rng(seed)
    shape = tuple(int(n) for n in draw.integers(2, 9, 3))
    image = draw.normal(0, 20, shape) if seed % 2 else draw.integers(-6, 7, shape).astype(float)
    mask = draw.random(shape) < draw.choice([0.1, 0.3, 0.6, 0.9])
    mask.flat[0], mask.flat[-1] = True, False
    setting = {
        "binWidth": float(draw.choice([0.3, 1, 5])),
        "distances": [int(distance) for distance in draw.integers(1, 4, draw.integers(1, 4))],
        "gldm_a": int(draw.integers(0, 9)),
        "minimumROIDimensions": int(draw.integers(1, 4)),
        "force2D": bool(draw.integers(0, 2)),
        "force2Ddimension": int(draw.integers(0, 3)),
        "weightingNorm": [None, "euclidean", "manhattan", "infinity", "no_weighting"][draw.integers(0, 5)],
    }
    result = compared(image, mask, setting, ORIGINAL)
    assert result is None or (result.beyond, result.undefined) == ([], [])

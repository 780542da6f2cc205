"""Texture in one plane (force2D) against PyRadiomics: every feature, the same NaN, the same refusals."""

import numpy as np
import pytest

from backend.science.radiomics import extract, settings_of
from tests.science.radiomics.odd_regions import REGIONS, compared, parameters
from tests.science.radiomics.phantom import SPACING, ellipsoid, stock, textured

ORIGINAL = {"Original": {}}


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("region", REGIONS)
def test_every_feature_in_a_plane_is_pyradiomics(region, axis):
    image, mask = REGIONS[region]()
    width = {"binWidth": 20} if region == "more than 500 levels" else {"binCount": 12}
    result = compared(image, mask, {"force2D": True, "force2Ddimension": axis, "gldm_a": axis, **width}, ORIGINAL)
    assert result is None or (result.beyond, result.undefined) == ([], [])


def test_the_plane_counts_only_where_it_is_forced():
    free, flat = (
        extract(
            *(textured(), ellipsoid(), SPACING),
            settings_of(parameters({"force2D": force, "force2Ddimension": 1, "binCount": 8}, ORIGINAL), "x"),
        ).values
        for force in (False, True)
    )
    plain = extract(textured(), ellipsoid(), SPACING, settings_of(parameters({"binCount": 8}, ORIGINAL), "x")).values
    assert free == plain
    assert not [name for name in plain if "glcm" in name and flat[name] == plain[name]]


def test_a_region_without_a_direction_is_refused_as_by_pyradiomics():
    mask = np.zeros((15, 26, 29), dtype=bool)
    mask[4:9, 7, 9] = True
    asked = parameters({"force2D": True, "minimumROIDimensions": 1, "binCount": 8}, ORIGINAL)
    with pytest.raises(RuntimeError, match="Error getting angle count"):
        stock(textured(), mask, asked)
    fast, slow = (
        extract(textured(), mask, SPACING, settings_of(asked, "x"), engine=engine) for engine in ("fast", "pyradiomics")
    )
    assert fast.status == slow.status == "refused"
    assert fast.reason == slow.reason
    first_order = {**asked, "featureClass": {"firstorder": []}}
    assert extract(textured(), mask, SPACING, settings_of(first_order, "x")).status == "ok"

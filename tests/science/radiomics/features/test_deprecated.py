"""Features that PyRadiomics calls deprecated: the same names and values as its own where they are asked for."""

import numpy as np
import pytest

from backend.science.radiomics import extract, feature_names, settings_of
from backend.science.radiomics.parameters.feature_order import DEPRECATED, GIVEN_UP, features_of
from tests.oracle import radiomics
from tests.science.radiomics.odd_regions import REGIONS, Comparison, judge
from tests.science.radiomics.phantom import SPACING, stock

ASKED = {
    "imageType": {"Original": {}},
    "featureClass": {
        "firstorder": ["StandardDeviation", "Mean", "Mean"],
        "shape": ["SphericalDisproportion", "Compactness1", "Compactness2"],
        "glcm": ["Homogeneity1", "Id", "Dissimilarity", "Homogeneity2", "SumVariance"],
        "gldm": ["DependencePercentage", "GrayLevelNonUniformityNormalized"],
    },
    "setting": {"binCount": 8},
}


@pytest.mark.parametrize("region", ["ellipsoid", "flat", "one slice", "four in a square"])
def test_names_and_values_are_pyradiomics_own(region):
    image, mask = REGIONS[region]()
    theirs, settings = stock(image, mask, ASKED), settings_of(ASKED, "x")
    fast, slow = (extract(image, mask, SPACING, settings, engine=engine).values for engine in ("fast", "pyradiomics"))
    assert list(fast) == list(slow) == list(feature_names(settings)) == list(theirs)
    result = Comparison()
    for name, value in fast.items():
        judge(result, name, value, theirs[name], float(np.abs(image[mask]).max()))
    assert (result.beyond, result.undefined) == ([], [])


def test_the_list_of_them_is_pyradiomics_own():
    for name, known in radiomics().getFeatureClasses().items():
        deprecated = [feature for feature, is_deprecated in known.getFeatureNames().items() if is_deprecated]
        assert sorted(DEPRECATED.get(name, ())) == deprecated
    assert features_of("glcm", GIVEN_UP["glcm"]) == ()

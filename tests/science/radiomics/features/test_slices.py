"""Images of two dimensions, and settings of single features on thin regions, against PyRadiomics."""

import warnings

import numpy as np
import pytest
import SimpleITK as sitk

from backend.science.radiomics import extract, settings_of
from tests.oracle import radiomics
from tests.science.radiomics.odd_regions import REGIONS, Comparison, compared, judge, parameters
from tests.science.radiomics.phantom import ellipsoid, textured

ORIGINAL = {"Original": {}}
THIN = ("one slice", "one voxel thick in y", "one voxel thick in x", "flat", "four in a square", "full of holes")


@pytest.mark.parametrize("alpha", [1, 3, 40, 100_000])
@pytest.mark.parametrize("region", THIN)
def test_any_gldm_a_and_voxel_array_shift_agree(region, alpha):
    setting = {"binWidth": 2, "gldm_a": alpha, "voxelArrayShift": 7 - 10 * alpha}
    result = compared(*REGIONS[region](), setting, ORIGINAL)
    assert (result.beyond, result.undefined) == ([], [])


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({}, {}),
        ({"force2D": True}, {"force2D": True, "force2Ddimension": 1}),
        ({"force2D": True, "force2Ddimension": 1}, {"force2D": True, "force2Ddimension": 2}),
        ({"force2D": True, "force2Ddimension": 2}, {}),
        ({"weightingNorm": "manhattan", "distances": [1, 2]}, {"weightingNorm": "manhattan", "distances": [1, 2]}),
        ({"symmetricalGLCM": False}, {"symmetricalGLCM": False}),
    ],
    ids=str,
)
def test_an_image_of_two_dimensions_is_a_volume_of_one_slice(theirs, ours):
    """Spacing 1 across it; its axes 0 and 1 are the volume's 1 and 2, and its axis 2 is none."""
    image, mask = textured((3, 60, 61))[1], ellipsoid((3, 60, 61), (1, 30, 30), (1.5, 15, 17))[1]
    volumes = []
    for array in (image, mask.astype(np.uint8)):
        volume = sitk.GetImageFromArray(array)
        volume.SetSpacing((0.5, 0.7))
        volumes.append(volume)
    extractor = radiomics().featureextractor.RadiomicsFeatureExtractor
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected = extractor(parameters(theirs | {"binCount": 12}, ORIGINAL)).execute(*volumes)
    settings = settings_of(parameters(ours | {"binCount": 12}, ORIGINAL), "x")
    found = extract(image[None], mask[None], (0.5, 0.7, 1.0), settings)
    result = Comparison()
    for name, value in found.values.items():
        judge(result, name, value, float(expected[name]), float(np.abs(image[mask]).max()))
    assert (result.beyond, result.undefined) == ([], [])
    assert len(found.values) == 93

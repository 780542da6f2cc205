"""Small images with odd regions, and PyRadiomics' voxel-based maps of them."""

import warnings

import numpy as np
import SimpleITK as sitk
from scipy.ndimage import gaussian_filter

from backend.science.imaging.grid import Grid
from backend.science.radiomics import settings_of
from backend.science.radiomics.maps import feature_map
from backend.science.radiomics.maps.classes import CLASSES
from backend.science.radiomics.maps.crop import reach_of
from backend.science.radiomics.parameters.settings import VoxelSettings
from tests.oracle import radiomics

SHAPE, SPACING = (5, 8, 7), (0.7, 0.8, 2.0)
OUTSIDE = -99.0
NEXT_TO = VoxelSettings(1, True, OUTSIDE)
ALL_OF = {name: features for name, (_, features) in CLASSES.items()}
DIAGONAL = np.indices(SHAPE).sum(axis=0)


def smooth(seed=3):
    """(D, H, W) int16 of some twenty levels under a width of 25."""
    return (gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), 0.8) * 300 + 500).astype(np.int16)


def points(*places):
    mask = np.zeros(SHAPE, dtype=bool)
    for place in places:
        mask[place] = True
    return mask


REGIONS = {
    "corner": lambda: (smooth(), DIAGONAL < 6),
    "holes": lambda: (smooth(), np.random.default_rng(5).random(SHAPE) < 0.4),
    "one slice": lambda: (smooth(), points(*((2, y, x) for y in range(1, 7) for x in range(6)))),
    "slice at the border": lambda: (smooth(), points(*((0, y, x) for y in range(4, 8) for x in range(7)))),
    "line": lambda: (smooth(), points(*((2, 3, x) for x in range(1, 6)))),
    "isolated voxels": lambda: (smooth(), points((0, 0, 0), (2, 4, 5), (4, 7, 0), (2, 0, 3))),
    "flat": lambda: (np.full(SHAPE, 7, dtype=np.int16), DIAGONAL < 5),
    "flat and rough": lambda: (np.where(DIAGONAL < 9, 7.3, smooth() / 7), DIAGONAL < 14),
    "two levels": lambda: (np.where(smooth() > 500, 30.0, 10.0), DIAGONAL < 7),
    "float32": lambda: ((smooth() / 7 - 50).astype(np.float32), DIAGONAL < 6),
    "negative": lambda: (smooth() - 600, DIAGONAL < 6),
}


def stock_maps(image, region, features, setting, voxel, images=None, batch=None):
    """Name -> values of the region's voxels, by PyRadiomics' `execute(voxelBased=True)`."""
    extractor_class = radiomics().featureextractor.RadiomicsFeatureExtractor
    pair = [sitk.GetImageFromArray(array) for array in (image, region.astype(np.uint8))]
    for volume in pair:
        volume.SetSpacing(SPACING)
    kernel = {"kernelRadius": voxel.radius, "maskedKernel": voxel.masked, "initValue": voxel.init_value}
    parameters = {
        "imageType": images or {"Original": {}},
        "featureClass": {name: list(wanted) for name, wanted in features.items()},
        "setting": {"minimumROIDimensions": 1, "additionalInfo": False, **setting},
        "voxelSetting": kernel | ({"voxelBatch": batch} if batch else {}),
    }
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = extractor_class(parameters).execute(*pair, voxelBased=True)
    inside = region[reach_of(region, voxel.radius)]
    return {name: sitk.GetArrayFromImage(one)[inside] for name, one in found.items()}


def our_map(image, region, feature, setting, voxel, images=None):
    """Values of the region's voxels."""
    settings = settings_of(
        {"imageType": images or {"Original": {}}, "setting": {"minimumROIDimensions": 1, **setting}}, "x"
    )
    made = feature_map(image, region, Grid.at_origin(image.shape, SPACING), feature, settings, voxel)
    assert (made.values[~region] == voxel.init_value).all()
    return made.values[region]


def unequal(ours, theirs):
    """Whether NaN stand elsewhere, or a value differs by more than 1e-6 of it, or 1e-9 next to 0."""
    return not np.allclose(ours, theirs, rtol=1e-6, atol=1e-9, equal_nan=True)


def compared(image, region, setting, voxel=NEXT_TO, features=ALL_OF, images=None):
    """Names of maps that are not PyRadiomics'.

    MCC is asked for voxel by voxel: in one batch PyRadiomics gives it up where any voxel lacks a direction.
    """
    theirs = stock_maps(image, region, features, setting, voxel, images)
    if "MCC" in features.get("glcm", ()):
        theirs |= stock_maps(image, region, {"glcm": ("MCC",)}, setting, voxel, images, batch=1)
    return [name for name in theirs if unequal(our_map(image, region, name, setting, voxel, images), theirs[name])]

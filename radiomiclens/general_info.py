"""What PyRadiomics tells of image and mask beside features (`additionalInfo`), under its names and with its values.

Left out is what describes resampled, corrected or resegmented images. `diagnostics_Configuration_Settings` holds the
settings as given, without PyRadiomics' defaults.
"""

import platform
from importlib.metadata import version

import numpy as np
import SimpleITK as sitk

from backend.science.radiomics import RadiomicsSettings
from backend.version import VERSION
from radiomiclens.pair import Pair

OF_ALL = (
    *(f"diagnostics_Versions_{name}" for name in ("RadiomicLens", "Numpy", "SimpleITK", "PyWavelet", "Python")),
    *(f"diagnostics_Configuration_{name}" for name in ("Settings", "EnabledImageTypes")),
)
OF_THE_IMAGE = tuple(
    f"diagnostics_Image-original_{name}"
    for name in ("Hash", "Dimensionality", "Spacing", "Size", "Mean", "Minimum", "Maximum")
)
OF_THE_MASK = (
    *(f"diagnostics_Mask-original_{name}" for name in ("Hash", "Spacing", "Size", "BoundingBox", "VoxelNum")),
    *(f"diagnostics_Mask-original_{name}" for name in ("VolumeNum", "CenterOfMassIndex", "CenterOfMass")),
)
NAMES = (*OF_ALL, *OF_THE_IMAGE, *OF_THE_MASK)


def general_info(pair: Pair, settings: RadiomicsSettings) -> dict[str, str]:
    """All of `NAMES`, as text; facts about a region that is not there are empty."""
    parameters = settings.parameters
    versions = (VERSION, version("numpy"), sitk.Version().VersionString(), version("pywavelets"))
    found = [*versions, platform.python_version(), parameters["setting"], parameters["imageType"]]
    found += [*_of_image(pair.image), *_of_mask(pair.mask, settings.mask.label)]
    return dict(zip(NAMES, map(str, found), strict=True))


def _of_image(image: sitk.Image) -> list[object]:
    values = sitk.GetArrayFromImage(image).astype(np.float64)
    grid = [sitk.Hash(image), f"{image.GetDimension()}D", image.GetSpacing(), image.GetSize()]
    return [*grid, *(float(value) for value in (values.mean(), values.min(), values.max()))]


def _of_mask(mask: sitk.Image, label: int) -> list[object]:
    grid = [sitk.Hash(sitk.Cast(mask, sitk.sitkUInt32)), mask.GetSpacing(), mask.GetSize()]  # as PyRadiomics reads it
    region = mask == label
    at = np.argwhere(sitk.GetArrayFromImage(region))[:, ::-1]  # x, y, z
    if not len(at):
        return [*grid, *[""] * 5]
    low = at.min(axis=0)
    box = tuple(map(int, (*low, *(at.max(axis=0) - low + 1))))
    parts = sitk.ConnectedComponentImageFilter()
    parts.FullyConnectedOn()
    parts.Execute(region)
    middle = tuple(at.mean(axis=0).tolist())
    place = mask.TransformContinuousIndexToPhysicalPoint(middle)
    return [*grid, box, len(at), parts.GetObjectCount(), middle, place]

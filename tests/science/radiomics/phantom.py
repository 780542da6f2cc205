"""A small textured image with an ellipsoid region, and PyRadiomics' own answer on it."""

import warnings

import numpy as np
import SimpleITK as sitk
import yaml

from backend.science.radiomics.parameters.settings import PAPER
from tests.oracle import radiomics

SPACING = (0.5, 0.5, 1.0)


def textured(shape=(15, 26, 29), seed=0):
    """(D, H, W) float64 with correlated texture around 200, odd and even sizes mixed."""
    noise = np.random.default_rng(seed).normal(size=shape)
    smooth = sum(np.roll(noise, step, axis=axis) for axis in range(3) for step in (-1, 0, 1))
    return 200 + 20 * smooth


def ellipsoid(shape=(15, 26, 29), centre=(7, 12, 14), radii=(3.5, 6, 7)):
    """(D, H, W) bool."""
    grids = np.ogrid[tuple(slice(0, n) for n in shape)]
    return sum(((g - c) / r) ** 2 for g, c, r in zip(grids, centre, radii, strict=True)) <= 1


def stock(image, mask, parameters=None):
    """Name -> value of PyRadiomics' `execute` on the whole image, one thread; without it the test is skipped."""
    extractor = radiomics().featureextractor.RadiomicsFeatureExtractor
    parameters = parameters or yaml.safe_load(PAPER.read_text())
    volumes = []
    for array in (image, mask.astype(np.uint8)):
        volume = sitk.GetImageFromArray(array)
        volume.SetSpacing(SPACING)
        volumes.append(volume)
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = extractor(parameters).execute(*volumes)
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
    return {name: float(value) for name, value in result.items() if not name.startswith("diagnostics_")}

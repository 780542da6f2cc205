"""The PyRadiomics engine on arrays: the reference, used where the fast engine does not cover the settings.

The image is cropped around the region only where that changes no value.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pywt
import SimpleITK as sitk

from backend.science.imaging.grid import Grid
from backend.science.radiomics.parameters.schema import extractor_of
from backend.science.radiomics.parameters.settings import RadiomicsSettings
from backend.science.radiomics.pyradiomics import pyradiomics
from backend.science.radiomics.region.quality import grey_levels


def reference(
    voxels: npt.NDArray[Any],
    roi: npt.NDArray[np.bool_],
    grid: Grid,
    settings: RadiomicsSettings,
) -> tuple[dict[str, float], dict[str, int]]:
    """Feature values and occupied grey levels by image type, by the steps of PyRadiomics' `execute` on a crop.

    The image stays in its own type.

    Raises ValueError where PyRadiomics refuses the region, BadSettings where it is not installed.
    """
    imageoperations = pyradiomics().imageoperations
    extractor = extractor_of(settings.parameters)
    options = extractor.settings
    values: dict[str, float] = {}
    levels: dict[str, int] = {}
    with one_quiet_thread():
        image, mask = extractor.loadImage(_volume(voxels, grid), _volume(roi, grid), None, **options)
        if not options.get("resampledPixelSpacing") and not options["preCrop"]:
            image, mask = _cropped(image, mask, roi, wavelet_reach(settings))
        shape_mask = mask
        if options.get("resegmentRange"):
            mask = imageoperations.resegmentMask(image, mask, **options)
            shape_mask = mask if options.get("resegmentShape") else shape_mask
        box, _ = imageoperations.checkMask(image, mask, **options)
        values.update(extractor.computeShape(image, shape_mask, box, **options))
        for kind, own in extractor.enabledImagetypes.items():
            filtered_images = getattr(imageoperations, f"get{kind}Image")(image, mask, **{**options, **own})
            for filtered, image_type, used in filtered_images:
                inside, inside_mask = imageoperations.cropToTumorMask(filtered, mask, box)
                values.update(extractor.computeFeatures(inside, inside_mask, image_type, **used))
                chosen = sitk.GetArrayViewFromImage(inside)[sitk.GetArrayViewFromImage(inside_mask) == 1]
                levels[image_type] = grey_levels(chosen, used)
    return {name: float(value) for name, value in values.items()}, levels


def _volume(array: npt.NDArray[Any], grid: Grid) -> sitk.Image:
    """The array as an image with its grid: where PyRadiomics resamples, direction and origin change the result."""
    image = sitk.GetImageFromArray(array if array.dtype != np.bool_ else array.astype(np.uint8))
    image.SetSpacing(grid.spacing)
    image.SetOrigin(grid.origin)
    image.SetDirection(grid.direction)
    return image


def _cropped(
    image: sitk.Image, mask: sitk.Image, roi: npt.NDArray[np.bool_], reach: int | None
) -> tuple[sitk.Image, sitk.Image]:
    """Image and mask cropped around the ROI; an axis on which the filter reaches beyond the image is not cropped.

    The stationary wavelet is periodic: such an axis must keep its full length, or other voxels wrap in.
    """
    if reach is None:
        return image, mask
    first, last = [], []
    for where, n in zip(reversed(np.nonzero(roi)), image.GetSize(), strict=True):
        low, high = int(where.min()) - reach, int(where.max()) + reach + 1
        whole = low < 0 or high > n
        first.append(0 if whole else low)
        last.append(n if whole else high)
    box = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    return image[box], mask[box]


def wavelet_reach(settings: RadiomicsSettings) -> int | None:
    """Voxels a filtered value depends on in each direction (coif1: 3); None where it depends on the whole image."""
    reach = 0
    for kind, options in settings.parameters["imageType"].items():
        used = {**settings.parameters["setting"], **options}
        if kind not in ("Original", "Wavelet") or used.get("level", 1) + used.get("start_level", 0) > 1:
            return None
        if kind == "Wavelet":
            reach = max(reach, pywt.Wavelet(used.get("wavelet", "coif1")).dec_len // 2)
    return reach


@contextmanager
def one_quiet_thread() -> Iterator[None]:
    """Use one SimpleITK thread and silence numpy's warnings inside the block.

    SimpleITK's normalisation is not bit-reproducible with more threads; NaN values are flagged instead of warned of.
    """
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)

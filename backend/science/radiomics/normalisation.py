"""PyRadiomics' normalisation of an image: z-scores over the whole field, outliers clipped, scaled."""

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

Volume = npt.NDArray[np.float64]


def normalised(image: Volume, scale: float, outliers: float | None) -> Volume:
    """(x - mean) / SD * scale of `image` (D, H, W); z-scores beyond `outliers` are set to it first.

    SimpleITK on one thread, as for PyRadiomics: values on a bin edge are common, so the arithmetic must be the same.
    """
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        scores = sitk.GetArrayFromImage(sitk.Normalize(sitk.GetImageFromArray(image)))
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
    if outliers is not None:
        scores[scores > outliers] = outliers
        scores[scores < -outliers] = -outliers
    scores *= scale
    return scores

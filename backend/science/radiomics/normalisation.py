"""PyRadiomics' normalisation of an image: z-scores over the whole field, outliers clipped, scaled."""

from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

Volume = npt.NDArray[np.float64]


def normalised(image: npt.NDArray[Any], scale: float, outliers: float | None) -> Volume:
    """(x - mean) / SD * scale of `image` (D, H, W); z-scores beyond `outliers` are set to it first.

    Values on a bin edge are common, so the arithmetic is that of SimpleITK's `Normalize`, bit for bit: its statistics
    (compensated sums on one thread; the same from float32 voxels as from float64), then shift, then scale.
    """
    voxels = image if image.dtype == np.float32 else image.astype(np.float64, copy=False)
    statistics = sitk.StatisticsImageFilter()
    statistics.SetNumberOfThreads(1)
    statistics.SetNumberOfWorkUnits(1)
    statistics.Execute(sitk.GetImageFromArray(voxels))
    scores: Volume = np.add(voxels, -statistics.GetMean(), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):  # one value everywhere: NaN, as SimpleITK gives
        scores *= np.float64(1.0) / statistics.GetSigma()
    if outliers is not None:
        scores[scores > outliers] = outliers
        scores[scores < -outliers] = -outliers
    scores *= scale
    return scores

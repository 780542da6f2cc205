"""PyRadiomics' normalisation of an image: z-scores over the whole image, outliers clipped, scaled."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import call
from backend.science.radiomics.plan import Preparation


@dataclass(frozen=True)
class Normalisation:
    """The map from values to scores, applied only to the voxels that a region needs.

    The arithmetic is ITK's, (x + shift) * factor with compensated sums, because values on a bin edge are common: the
    scores have the bits SimpleITK gives on one thread (a test compares them).
    """

    shift: float = 0.0
    factor: float = 1.0
    outliers: float | None = None
    scale: float | None = None

    @classmethod
    def of(cls, image: npt.NDArray[Any], plan: Preparation) -> "Normalisation":
        """Fit the normalisation on the whole image (D, H, W); the identity for a plan without normalisation."""
        if not plan.normalize:
            return cls()
        whole = np.ascontiguousarray(image if image.dtype == np.float32 else image.astype(np.float64))
        sums, n = np.empty(2), whole.size
        call("rl_sums_float" if whole.dtype == np.float32 else "rl_sums", whole, n, sums)
        variance = np.float64(sums[1] - sums[0] * sums[0] / n) / (n - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return cls(-sums[0] / n, float(1.0 / np.sqrt(variance)), plan.outliers, plan.normalize_scale)

    def __call__(self, voxels: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the scores of voxels of the image, float64; without normalisation the voxels as they are."""
        if self.scale is None:
            return voxels
        values = np.ascontiguousarray(voxels, dtype=np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            scores = (values + self.shift) * self.factor
            if self.outliers is not None:
                scores[scores > self.outliers] = self.outliers
                scores[scores < -self.outliers] = -self.outliers
            scores *= self.scale
        return scores

"""Intensities of an image as an encoder sees them: the rule of a modality, and what stands beyond the image.

rule                  inside the image's field                                             beyond it, and as padding
z-score nonzero       zero mean, unit deviation over the voxels that are not 0; 0 stays    0
z-score               zero mean, unit deviation over all voxels                            0, the mean
min-max               the lowest value is 0, the highest 1                                 0, the lowest
none                  as it is                                                             0, or the lowest below 0
window low high       clipped to low .. high, which become 0 .. 1                          0, as air in a CT window
percentile low high   the same between two percentiles of all voxels                       0

Window and percentile are MONAI's `ScaleIntensityRange` and `ScaleIntensityRangePercentiles` onto 0 .. 1, clipped.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from backend.science.imaging.near_zero import without_near_zeros
from backend.science.types import Float32Array, MaskArray

Rule = Literal["z-score nonzero", "z-score", "min-max", "none", "window", "percentile"]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Intensity:
    """A rule, with the ends of a window or its percentiles."""

    rule: Rule
    ends: tuple[float, float] = (0.0, 0.0)


NONZERO = Intensity("z-score nonzero")
"""What a modality has that declares nothing."""


def seen(
    image: Float32Array, intensity: Intensity, zero_below: float = 0.0, field: MaskArray | None = None
) -> tuple[Values, float]:
    """The image as an encoder sees it, and the value that stands beyond it.

    `field`: where the image was measured, None = everywhere; its grid is the case's, which may be larger. `zero_below`
    is the share of the usual maximum below which values count as 0; only `z-score nonzero` asks for zeros.
    """
    values = image.astype(np.float64)
    if intensity.rule == "z-score nonzero":
        return _z_score_nonzero(values, zero_below), 0.0
    inside = values if field is None else values[field]
    beyond = 0.0
    if not inside.size:
        return np.zeros_like(values), beyond
    if intensity.rule == "none":
        beyond = min(0.0, float(inside.min()))
    elif intensity.rule == "z-score":
        deviation = float(inside.std())
        values = (values - inside.mean()) / (deviation if deviation > 0 else 1.0)
    else:
        low, high = _ends(inside, intensity)
        values = np.clip((values - low) / (high - low if high > low else 1.0), 0.0, 1.0)
    return (values if field is None else np.where(field, values, beyond)), beyond


def _z_score_nonzero(values: Values, zero_below: float) -> Values:
    """Zero mean and unit (population) deviation over the non-zero voxels; what counts as zero becomes zero."""
    values = without_near_zeros(values, zero_below)
    inside = values != 0
    if inside.any():
        deviation = float(values[inside].std())
        values[inside] = (values[inside] - values[inside].mean()) / (deviation if deviation > 0 else 1.0)
    return values


def _ends(inside: Values, intensity: Intensity) -> tuple[float, float]:
    """The values that become 0 and 1."""
    if intensity.rule == "min-max":
        return float(inside.min()), float(inside.max())
    if intensity.rule == "percentile":
        low, high = np.percentile(inside, intensity.ends)
        return float(low), float(high)
    return intensity.ends

"""Maps of first-order statistics (IBSI: UHIW, ZVCW) of the values in each neighbourhood."""

import numpy as np

from backend.science.radiomics.kernel import call
from backend.science.radiomics.maps.crop import Crop
from backend.science.radiomics.maps.kernel_tables import numbering
from backend.science.radiomics.maps.types import Pass, Positions
from backend.science.radiomics.region.mask_index import bounding_box
from backend.science.types import FloatArray

FEATURES = (
    *("10Percentile", "90Percentile", "Energy", "Entropy", "InterquartileRange", "Kurtosis", "Maximum"),
    *("MeanAbsoluteDeviation", "Mean", "Median", "Minimum", "Range", "RobustMeanAbsoluteDeviation"),
    *("RootMeanSquared", "Skewness", "TotalEnergy", "Uniformity", "Variance", "StandardDeviation"),
)
"""In the order of the kernel's numbers."""
OF_LEVELS = ("Entropy", "Uniformity")


def _within_reach(crop: Crop) -> list[int]:
    """The places that two voxels which take part can be apart: PyRadiomics leaves out the others, which are empty."""
    size = [side.stop - side.start for side in bounding_box(crop.taking_part)]
    return [
        place
        for place, step in enumerate(crop.around.steps)
        if all(abs(part) < n for part, n in zip(step, size, strict=True))
    ]


def first_order(crop: Crop, feature: str) -> Pass:
    """The pass of one feature; PyRadiomics makes these values and their bins in float64, whatever the image's type."""
    crop.directions(tuple(range(1, crop.around.radius + 1)))
    offsets = crop.around.offsets(crop.padded_shape)[_within_reach(crop)]
    number = FEATURES.index(feature)
    if feature in OF_LEVELS:
        levels = crop.levels(np.dtype(np.float64))
        work = numbering(offsets.size, levels.ng)
        count = np.zeros(offsets.size + 1, dtype=np.int32)

        def of_levels(at: Positions) -> FloatArray:
            out = np.empty(at.size)
            call("rl_map_shares", levels.padded, at, at.size, offsets, offsets.size, number, *work, count, out)
            return out

        return of_levels
    values, here = crop.padded_values(), np.empty(2 * offsets.size)
    shift, volume = float(crop.options.get("voxelArrayShift", 0)), float(np.multiply.reduce(crop.spacing))

    def of_values(at: Positions) -> FloatArray:
        out = np.empty(at.size)
        call("rl_map_values", values, at, at.size, offsets, offsets.size, number, shift, volume, here, out)
        return out

    return of_values

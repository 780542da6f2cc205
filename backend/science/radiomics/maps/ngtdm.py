"""Maps of the neighbourhood grey-tone difference matrix (IBSI: IPET), made for each neighbourhood."""

import numpy as np

from backend.science.radiomics.kernel import call
from backend.science.radiomics.maps.crop import Crop
from backend.science.radiomics.maps.kernel_tables import numbering
from backend.science.radiomics.maps.types import Pass, Positions
from backend.science.types import FloatArray

FEATURES = ("Busyness", "Coarseness", "Complexity", "Contrast", "Strength")
"""In the order of the kernel's numbers."""


def ngtdm(crop: Crop, feature: str) -> Pass:
    """The pass of one feature; the near ones of a voxel are those inside the neighbourhood."""
    levels, around = crop.levels(), crop.around
    offsets = around.offsets(crop.padded_shape)
    pairs = around.pairs(crop.directions(tuple(crop.options.get("distances", (1,)))))[0]
    near, sums = np.zeros((2, offsets.size), dtype=np.int64)
    work = numbering(offsets.size, levels.ng)
    p, s = np.zeros((2, offsets.size + 1))
    number = FEATURES.index(feature)

    def over(at: Positions) -> FloatArray:
        out = np.empty(at.size)
        call(
            *("rl_map_ngtdm", levels.padded, at, at.size, offsets, offsets.size, pairs, len(pairs), number),
            *(near, sums, *work, p, s, out),
        )
        return out

    return over

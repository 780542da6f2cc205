"""Maps of the grey-level co-occurrence matrix (IBSI: LFYI), made for each neighbourhood."""

import numpy as np

from backend.science.radiomics.kernel import call
from backend.science.radiomics.maps.crop import Crop
from backend.science.radiomics.maps.kernel_tables import Table, numbering
from backend.science.radiomics.maps.types import Pass, Positions
from backend.science.radiomics.maps.weights import weights_of
from backend.science.types import FloatArray

FEATURES = (
    *("Autocorrelation", "ClusterProminence", "ClusterShade", "ClusterTendency", "Contrast", "Correlation"),
    *("DifferenceAverage", "DifferenceEntropy", "DifferenceVariance", "Id", "Idm", "Idmn", "Idn", "Imc1", "Imc2"),
    *("InverseVariance", "JointAverage", "JointEnergy", "JointEntropy", "MCC", "MaximumProbability"),
    *("SumAverage", "SumEntropy", "SumSquares"),
)
"""In the order of the kernel's numbers."""


def glcm(crop: Crop, feature: str) -> Pass:
    """The pass of one feature, averaged over the directions that have pairs in the neighbourhood.

    As in PyRadiomics JointAverage alone is NaN where a direction has no pairs here but has some elsewhere in the
    region, Idmn and Idn divide by the region's levels, and a region of one level has an MCC of 1 and an
    InverseVariance of 0, pairs or not.
    """
    levels, around = crop.levels(), crop.around
    offsets = around.offsets(crop.padded_shape)
    directions = crop.directions(tuple(crop.options.get("distances", (1,))))
    pairs, first = around.pairs(directions)
    weights, merged = weights_of(crop, directions, for_glcm=True)
    expected = np.zeros(len(directions), dtype=np.uint8)
    if feature == "JointAverage" and not merged:
        everywhere = crop.positions()
        call(
            *("rl_map_directions", levels.padded, everywhere, everywhere.size, offsets, pairs, first, len(directions)),
            expected,
        )
    side, longest = min(offsets.size, levels.ng) + 1, int(np.diff(first).max(initial=1))
    table = Table.of(side, side, 2 * (len(pairs) if merged else longest))
    margin, px, py = np.zeros(2 * levels.ng + 1), np.zeros(side), np.zeros(side)
    mcc = np.zeros(7 * side * side + 20 * side) if feature == "MCC" else np.zeros(1)
    symmetric, number = int(crop.options.get("symmetricalGLCM", True)), FEATURES.index(feature)
    work = numbering(offsets.size, levels.ng)

    def over(at: Positions) -> FloatArray:
        out = np.empty(at.size)
        call(
            *("rl_map_glcm", levels.padded, at, at.size, offsets, offsets.size, pairs, first, len(directions)),
            *(weights, int(merged), symmetric, expected, levels.ng, number, *work, table.cells, table.place),
            *(table.side, margin, px, py, mcc, out),
        )
        return out

    if feature == "MCC" and levels.present < 2:
        return lambda at: np.ones(at.size)
    if feature == "InverseVariance" and levels.ng < 2:
        return lambda at: np.zeros(at.size)
    return over

"""Weights of directions (`weightingNorm`): the matrices of all directions are then summed into one."""

from collections.abc import Sequence

import numpy as np

from backend.science.radiomics.maps.crop import Crop
from backend.science.radiomics.maps.kernel_box import Step
from backend.science.types import FloatArray


def weights_of(crop: Crop, directions: Sequence[Step], *, for_glcm: bool) -> tuple[FloatArray, bool]:
    """The weight of each direction, and whether matrices are summed at all.

    d is the length of a step in mm in the norm asked for. The GLCM's weight is exp(-d^2), the GLRLM's is d.
    """
    norm = crop.options.get("weightingNorm")
    if norm is None:
        return np.ones(len(directions)), False
    parts = np.abs(np.array(directions, dtype=np.float64).reshape(-1, 3)) * crop.spacing[::-1]
    if norm == "no_weighting":
        return np.ones(len(directions)), True
    if norm == "euclidean":
        squares = (parts**2).sum(axis=1)
        return (np.exp(-squares) if for_glcm else np.sqrt(squares)), True
    lengths = parts.max(axis=1) if norm == "infinity" else parts.sum(axis=1)
    return (np.exp(-(lengths**2)) if for_glcm else lengths), True

"""Counts of the texture classes of one image: by fast passes where they fit, else from lists of levels and pairs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.emphases import SizeMatrix
from backend.science.radiomics.features.glcm import Cooccurrence
from backend.science.radiomics.features.glcm_cells import glcm_of_cells
from backend.science.radiomics.features.gldm import dependences, dependences_of_each
from backend.science.radiomics.features.glrlm import run_lengths, runs_of_each
from backend.science.radiomics.features.glszm import size_zones, zones_of_each
from backend.science.radiomics.features.ngtdm import ToneDifferences
from backend.science.radiomics.kernel import call
from backend.science.radiomics.region.discretisation import GreyLevels
from backend.science.radiomics.region.neighbourhood import Neighbourhood, Spacing, Steps
from backend.science.radiomics.region.sparse_levels import SparseLevels, Sums

Counted = Cooccurrence | SizeMatrix | ToneDifferences | dict[str, float]
TEXTURES = frozenset({"glcm", "glrlm", "glszm", "gldm", "ngtdm"})
MOST_MARGINS = 1 << 21  # levels times directions whose margins are kept at once


def textures(
    levels: GreyLevels | SparseLevels,
    neighbourhood: Neighbourhood,
    spacing: Spacing,
    wanted: Mapping[str, tuple[str, ...]],
) -> dict[str, Counted]:
    """Counts of each texture class among `wanted`, class -> features; a GLCM of rare settings comes as its features."""
    found = {} if isinstance(levels, SparseLevels) else _fast(levels, neighbourhood, spacing, wanted)
    missing = (wanted.keys() & TEXTURES) - found.keys()
    if missing:
        each = levels if isinstance(levels, SparseLevels) else levels.sparse
        found |= _general(each, neighbourhood, spacing, {name: wanted[name] for name in missing})
    return found


def _general(
    levels: SparseLevels, neighbourhood: Neighbourhood, spacing: Spacing, wanted: Mapping[str, tuple[str, ...]]
) -> dict[str, Counted]:
    """From lists of levels and pairs, whatever the settings."""
    found: dict[str, Counted] = {}
    if "glcm" in wanted:
        steps = neighbourhood.pairs(levels.mask.size)
        weights = _pair_weights(neighbourhood, steps, spacing)
        found["glcm"] = glcm_of_cells(levels, steps, weights, neighbourhood.symmetric, "MCC" in wanted["glcm"])
    if "glrlm" in wanted:
        found["glrlm"] = runs_of_each(levels, _run_weights(levels, neighbourhood, spacing))
    if "glszm" in wanted:
        found["glszm"] = zones_of_each(levels)
    if wanted.keys() & {"gldm", "ngtdm"}:
        count, alike, total = levels.around(neighbourhood.around(levels.mask.size), neighbourhood.alpha)
        if "gldm" in wanted:
            found["gldm"] = dependences_of_each(levels, alike)
        if "ngtdm" in wanted:
            found["ngtdm"] = ToneDifferences.of_each(levels, count, total)
    return found


def _fast(
    levels: GreyLevels, neighbourhood: Neighbourhood, spacing: Spacing, wanted: Mapping[str, tuple[str, ...]]
) -> dict[str, Counted]:
    """By passes over the region; without the classes that a setting keeps from it."""
    found: dict[str, Counted] = {}
    usual = neighbourhood.next_to and neighbourhood.symmetric and neighbourhood.weighting is None
    if "glcm" in wanted or "glrlm" in wanted:
        next_to = Cooccurrence.of(levels, mcc=usual and "MCC" in wanted.get("glcm", ()))
    if "glcm" in wanted and usual:
        found["glcm"] = next_to
    elif "glcm" in wanted and neighbourhood.symmetric and neighbourhood.weighting is None:
        steps = neighbourhood.pairs(levels.mask.size)
        if len(steps) * levels.ng <= MOST_MARGINS:
            found["glcm"] = Cooccurrence.of(levels, "MCC" in wanted["glcm"], steps)
    if not wanted.keys() & {"glrlm", "glszm", "gldm", "ngtdm"}:
        return found
    alike, differences = _neighbours(levels, neighbourhood.alpha)
    if "glrlm" in wanted:
        found["glrlm"] = run_lengths(levels, next_to.equal, _run_weights(levels, neighbourhood, spacing))
    if "glszm" in wanted:
        found["glszm"] = size_zones(levels)
    if neighbourhood.next_to:
        if "gldm" in wanted:
            found["gldm"] = dependences(levels, alike)
        if "ngtdm" in wanted:
            found["ngtdm"] = ToneDifferences.of(levels, differences)
    return found


def _neighbours(levels: GreyLevels, alpha: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """One pass: the mask's equality bits, and the tables (ng + 1, 27) of GLDM and NGTDM."""
    mask = levels.mask
    alike = np.zeros((2, levels.ng + 1, 27), dtype=np.uint32)
    differences = np.zeros((2, levels.ng + 1, 27), dtype=np.int64)
    call(
        *("rl_neighbours", mask.levels, mask.rows, len(mask.rows), mask.offset, len(mask.offset), mask.around),
        *(alpha, levels.ng, mask.bits, alike, differences),
    )
    return alike[0] + alike[1], differences[0] + differences[1]


def _pair_weights(neighbourhood: Neighbourhood, steps: Steps, spacing: Spacing) -> Sums | None:
    """GLCM: exp(- length^2), or 1 for no_weighting, which adds the directions up."""
    if neighbourhood.weighting is None:
        return None
    if neighbourhood.weighting == "no_weighting":
        return np.ones(len(steps))
    return np.exp(-(neighbourhood.lengths(steps, spacing) ** 2))


def _run_weights(levels: GreyLevels | SparseLevels, neighbourhood: Neighbourhood, spacing: Spacing) -> Sums | None:
    """GLRLM: the length of a step, or 1."""
    if neighbourhood.weighting is None:
        return None
    steps = levels.mask.steps
    return np.ones(len(steps)) if neighbourhood.weighting == "no_weighting" else neighbourhood.lengths(steps, spacing)

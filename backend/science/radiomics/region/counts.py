"""Counts of the fast engine for one region over all images, and the features computed from them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.emphases import SizeMatrix
from backend.science.radiomics.features.first_order import first_order
from backend.science.radiomics.features.glcm import Cooccurrence, glcm
from backend.science.radiomics.features.gldm import dependences, gldm
from backend.science.radiomics.features.glrlm import glrlm, run_lengths
from backend.science.radiomics.features.glszm import glszm, size_zones
from backend.science.radiomics.features.ngtdm import ToneDifferences, ngtdm
from backend.science.radiomics.filters.derived_images import DerivedImage
from backend.science.radiomics.kernel import call
from backend.science.radiomics.plan import ImagePlan, NotCovered, Plan
from backend.science.radiomics.region.discretisation import GreyLevels, TooManyLevels, bin_edges, limits_in
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.neighbourhood import Neighbourhood

Features = dict[str, list[float]]
TEXTURES = frozenset({"glcm", "glrlm", "glszm", "gldm", "ngtdm"})


def refuse_lonely(size: tuple[int, int, int], plan: Plan) -> None:
    """Raise ValueError where a texture class finds no direction in a box of this `size`, as PyRadiomics does."""
    if plan.classes.keys() & TEXTURES:
        for kind in plan.images:
            kind.neighbourhood.refuse_lonely(size)


class RegionCounts:
    """First-order features and the counts behind the texture features of each image of one region.

    The counts of an image are small, so formulas are evaluated on all images of a region at once, with a ninth of the
    calls. Regions are never mixed: a region gets the same bits alone and beside another.
    """

    def __init__(self, mask: MaskIndex, spacing: tuple[float, float, float], plan: Plan) -> None:
        self._mask, self._plan = mask, plan
        self._voxel_volume = float(np.prod(spacing))
        self.grey_levels: dict[str, int] = {}
        self._first_order: list[dict[str, float]] = []
        self._pairs: list[Cooccurrence] = []
        self._tones: list[ToneDifferences] = []
        self._sizes: dict[str, list[SizeMatrix]] = {"glrlm": [], "glszm": [], "gldm": []}

    def add(self, image: DerivedImage, region: str, kind: ImagePlan) -> None:
        """Count one more image of the region. Raises NotCovered, and then counts nothing of it."""
        values = image.values[region]
        limits = np.empty(2)
        call("rl_range", values, values.size, limits)
        if not np.isfinite(limits).all():
            raise NotCovered("the image holds values that are not finite after normalisation")
        try:
            edges = bin_edges(*limits_in(image.dtype, limits), kind.bin_count, kind.bin_width)
        except TooManyLevels as error:
            raise NotCovered(str(error)) from None
        levels = GreyLevels(values, edges, self._mask.within(kind.neighbourhood))
        self.grey_levels[image.name] = levels.present
        if "firstorder" in self._plan.classes:
            self._first_order.append(first_order(values, limits, levels, self._voxel_volume, kind.shift))
        self._count_textures(levels, kind.neighbourhood)

    def _count_textures(self, levels: GreyLevels, neighbourhood: Neighbourhood) -> None:
        wanted = self._plan.classes
        if wanted.keys() & {"glcm", "glrlm"}:
            pairs = Cooccurrence.of(levels, mcc="MCC" in wanted.get("glcm", ()))
            self._pairs.append(pairs)
        if not wanted.keys() & {"glrlm", "glszm", "gldm", "ngtdm"}:
            return
        alike, differences = _neighbours(levels, neighbourhood.alpha)
        if "glrlm" in wanted:
            self._sizes["glrlm"].append(run_lengths(levels, pairs.equal))
        if "glszm" in wanted:
            self._sizes["glszm"].append(size_zones(levels))
        if "gldm" in wanted:
            self._sizes["gldm"].append(dependences(levels, alike))
        if "ngtdm" in wanted:
            self._tones.append(ToneDifferences.of(levels, differences))

    def features(self) -> dict[str, float]:
        """`<image type>_<class>_<Feature>` of every image counted."""
        found: dict[str, float] = {}
        for name, wanted in self._plan.classes.items() if self.grey_levels else ():
            features = self._features(name)
            for feature in wanted:
                keys = (f"{image_type}_{name}_{feature}" for image_type in self.grey_levels)
                found.update(zip(keys, features[feature], strict=True))
        return found

    def _features(self, name: str) -> Features:
        if name == "firstorder":
            return {feature: [one[feature] for one in self._first_order] for feature in self._first_order[0]}
        if name == "glcm":
            return glcm(self._pairs)
        if name == "ngtdm":
            return ngtdm(self._tones)
        return {"glrlm": glrlm, "glszm": glszm, "gldm": gldm}[name](self._sizes[name])


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

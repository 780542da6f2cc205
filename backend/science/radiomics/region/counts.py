"""Counts of the fast engine for one region over all images, and the features computed from them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from backend.science.radiomics.features.first_order import first_order
from backend.science.radiomics.features.glcm import glcm
from backend.science.radiomics.features.gldm import gldm
from backend.science.radiomics.features.glrlm import glrlm
from backend.science.radiomics.features.glszm import glszm
from backend.science.radiomics.features.ngtdm import ToneDifferences, ngtdm
from backend.science.radiomics.filters.derived_images import DerivedImage
from backend.science.radiomics.kernel import call
from backend.science.radiomics.plan import ImagePlan, NotCovered, Plan
from backend.science.radiomics.region.discretisation import LARGEST_LEVEL, NoBins, grey_levels, limits_in
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.textures import Counted, textures

Features = dict[str, list[float]]
FORMULAS: dict[str, Callable[[Any], Features]] = {
    "glcm": glcm,
    "glrlm": glrlm,
    "glszm": glszm,
    "gldm": gldm,
    "ngtdm": ngtdm,
}


def refuse_lonely(size: tuple[int, int, int], plan: Plan) -> None:
    """Raise ValueError where a texture class finds no direction in a box of this `size`, as PyRadiomics does."""
    for kind in plan.images:
        if plan.classes.keys() & {"glcm", "gldm", "ngtdm"}:
            kind.neighbourhood.refuse_lonely(size)
        if plan.classes.keys() & {"glrlm", "glszm"}:
            kind.neighbourhood.refuse_lonely(size, distances=(1,))


class RegionCounts:
    """First-order features and the counts behind the texture features of each image of one region.

    The counts of an image are small, so formulas are evaluated on all images of a region at once, with a ninth of the
    calls. Regions are never mixed: a region gets the same bits alone and beside another.
    """

    def __init__(self, mask: MaskIndex, spacing: tuple[float, float, float], plan: Plan) -> None:
        self._mask, self._plan = mask, plan
        self._spacing, self._voxel_volume = spacing, float(np.prod(spacing))
        self.grey_levels: dict[str, int] = {}
        self._first_order: list[dict[str, float]] = []
        self._counted: list[dict[str, Counted]] = []

    def add(self, image: DerivedImage, region: str, kind: ImagePlan) -> None:
        """Count one more image of the region. Raises NotCovered, and then counts nothing of it."""
        values = image.values[region]
        limits = np.empty(2)
        call("rl_range", values, values.size, limits)
        if not np.isfinite(limits).all():
            raise NotCovered("it holds values that are not finite")
        if image.dtype.kind != "f" and np.abs(limits).max() > LARGEST_LEVEL:
            raise NotCovered("it holds whole numbers that float64 does not tell apart")
        mask = self._mask.within(kind.neighbourhood)
        try:
            levels = grey_levels(values, *limits_in(image.dtype, limits), kind.bin_count, kind.bin_width, mask)
        except NoBins as error:
            raise NotCovered(str(error)) from None
        self.grey_levels[image.name] = levels.present
        if "firstorder" in self._plan.classes:
            self._first_order.append(first_order(values, limits, levels, self._voxel_volume, kind.shift))
        self._counted.append(textures(levels, kind.neighbourhood, self._spacing, self._plan.classes))

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
        found: dict[int, dict[str, float]] = {}
        for places in self._alike(name):
            counted = [self._counted[place][name] for place in places]
            first = counted[0]
            values = {key: [one] for key, one in first.items()} if isinstance(first, dict) else FORMULAS[name](counted)
            for at, place in enumerate(places):
                found[place] = {feature: of_images[at] for feature, of_images in values.items()}
        return {feature: [found[place][feature] for place in sorted(found)] for feature in found[0]}

    def _alike(self, name: str) -> list[list[int]]:
        """Numbers of the images whose counts of a class are evaluated together: of the same number of directions."""
        groups: dict[object, list[int]] = {}
        for place, counted in enumerate(self._counted):
            one = counted[name]
            if isinstance(one, dict) or (isinstance(one, ToneDifferences) and one.levels is not None):
                key: object = ("alone", place)
            else:
                key = 1 if isinstance(one, ToneDifferences) else len(one.cell)
            groups.setdefault(key, []).append(place)
        return list(groups.values())

"""Choice of the engine: the fast one where it covers the settings, else PyRadiomics with a recorded reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from backend.science.imaging.grid import Grid
from backend.science.radiomics.fast import measure
from backend.science.radiomics.parameters.settings import RadiomicsSettings, settings_of
from backend.science.radiomics.plan import NotCovered, Plan, plan_of
from backend.science.radiomics.preparation.normalisation import Normalisation
from backend.science.radiomics.preparation.resegmentation import refuse_small, resegmented
from backend.science.radiomics.region.counts import refuse_lonely
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.quality import RoiQuality, roi_problem, roi_quality
from backend.science.radiomics.region.scratch import Scratch

Engine = Literal["fast", "pyradiomics"]
Image = npt.NDArray[Any]


@dataclass(frozen=True)
class Outcome:
    """Features of one region in one image; `problem` is the reason where there are none."""

    quality: RoiQuality
    values: Mapping[str, float] = field(default_factory=dict)
    problem: str | None = None
    engine: Engine = "fast"
    fallback: str = ""


class Regions:
    """Regions of a case by name; results that need only the masks are computed once for all images.

    `masks`: (D, H, W), voxels above 0 are the region; `native_voxels`: voxels in the masks as drawn, where known.
    """

    def __init__(
        self, masks: Mapping[str, Image], native_voxels: Mapping[str, int | None], settings: RadiomicsSettings
    ) -> None:
        self.masks = {name: mask if mask.dtype == np.bool_ else mask > 0 for name, mask in masks.items()}
        self.native_voxels = native_voxels
        self.settings = settings
        self.scratch = Scratch()
        dimensions = settings.parameters["setting"].get("minimumROIDimensions", 2)
        self.problems = {name: roi_problem(mask, dimensions) for name, mask in self.masks.items()}

    @cached_property
    def indices(self) -> dict[str, MaskIndex]:
        """Index arrays of the regions that can be measured; needs the kernel."""
        return {name: MaskIndex.of(mask) for name, mask in self.masks.items() if self.problems[name] is None}

    @cached_property
    def qualities(self) -> dict[str, RoiQuality]:
        """Facts about each region without an image."""
        return {name: roi_quality(mask, self.native_voxels.get(name)) for name, mask in self.masks.items()}

    def fast_quality(self, name: str) -> RoiQuality:
        """The same facts from the index arrays, without searching the whole image."""
        index, shape = self.indices[name], self.masks[name].shape
        return RoiQuality(
            voxels=index.voxels,
            components=index.components,
            touches_border=any(side.start == 0 or side.stop == n for side, n in zip(index.box, shape, strict=True)),
            native_voxels=self.native_voxels.get(name),
        )


def compute(
    image: Image, regions: Regions, grid: Grid, settings: RadiomicsSettings, engine: Engine = "fast"
) -> dict[str, Outcome]:
    """Compute every region's features in one image (D, H, W) by `engine`, or by PyRadiomics with the reason for it."""
    outcomes = {
        name: Outcome(regions.qualities[name], problem=problem, engine=engine)
        for name, problem in regions.problems.items()
        if problem is not None
    }
    names = [name for name in regions.masks if name not in outcomes]
    if names and not np.isfinite(image).all():
        problem = "the image holds values that are not finite"
        return outcomes | {name: Outcome(regions.qualities[name], problem=problem, engine=engine) for name in names}
    if engine == "pyradiomics":
        return outcomes | {name: _by_reference(image, regions, name, grid, settings) for name in names}
    try:
        return outcomes | (_by_fast(image, regions, names, grid, plan_of(settings)) if names else {})
    except NotCovered as reason:
        said = f"computed by PyRadiomics: {reason}"
        return outcomes | {name: _by_reference(image, regions, name, grid, settings, said) for name in names}


def _by_fast(image: Image, regions: Regions, names: list[str], grid: Grid, plan: Plan) -> dict[str, Outcome]:
    """Outcomes by the fast engine. Raises NotCovered."""
    normalisation = Normalisation.of(image, plan)
    outcomes, masks = {}, {}
    for name in names:
        try:
            masks[name] = regions.indices[name]
            refuse_small(regions.masks[name], masks[name].size, plan)
            refuse_lonely(masks[name].size, plan)
            if plan.resegment:
                kept = resegmented(normalisation(image), regions.masks[name], plan)
                masks[name] = MaskIndex.of(kept)
                refuse_small(kept, masks[name].size, plan)
                refuse_lonely(masks[name].size, plan)
        except ValueError as error:
            del masks[name]
            outcomes[name] = _refused(error, regions.fast_quality(name), "fast")
    measured = measure(image, masks, grid.spacing, plan, normalisation, regions.scratch) if masks else {}
    for name, found in measured.items():
        shape = _shape(image, regions.masks[name], grid, regions.settings) if plan.shape else {}
        quality = regions.fast_quality(name).with_levels(found.grey_levels)
        outcomes[name] = Outcome(quality, {**shape, **found.values})
    return outcomes


def _shape(image: Image, roi: npt.NDArray[np.bool_], grid: Grid, settings: RadiomicsSettings) -> dict[str, float]:
    """Shape features, by PyRadiomics in either engine."""
    from backend.science.radiomics.reference import reference

    parameters = settings.parameters
    only = {"imageType": {"Original": {}}, "featureClass": {"shape": parameters["featureClass"]["shape"]}}
    asked = settings_of({**only, "setting": parameters["setting"]}, settings.name, own=True)
    return reference(np.asarray(image, dtype=np.float64), roi, grid, asked)[0]


def _by_reference(
    image: Image, regions: Regions, name: str, grid: Grid, settings: RadiomicsSettings, said: str = ""
) -> Outcome:
    from backend.science.radiomics.reference import reference

    quality = regions.qualities[name]
    try:
        values, levels = reference(np.asarray(image, dtype=np.float64), regions.masks[name], grid, settings)
    except (ValueError, RuntimeError) as error:
        return _refused(error, quality, "pyradiomics", said)
    return Outcome(quality.with_levels(levels), values, engine="pyradiomics", fallback=said)


def _refused(error: ValueError | RuntimeError, quality: RoiQuality, engine: Engine, said: str = "") -> Outcome:
    words = str(error).splitlines()[0][:200]
    return Outcome(quality, problem=f"PyRadiomics refuses the region ({words})", engine=engine, fallback=said)

"""Choice of the engine: the fast one, or PyRadiomics where it is asked for or the kernel is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from backend.errors import BadSettings
from backend.science.imaging.grid import Grid
from backend.science.radiomics.fast import measure
from backend.science.radiomics.features.shape import shape
from backend.science.radiomics.features.shape_2d import is_computed, shape_2d
from backend.science.radiomics.parameters.settings import RadiomicsSettings
from backend.science.radiomics.plan import NotCovered, Plan, plan_of
from backend.science.radiomics.preparation.prepare import Prepared, prepare
from backend.science.radiomics.pyradiomics import RAISES
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.quality import RoiQuality, roi_problem, roi_quality
from backend.science.radiomics.region.scratch import Scratch

Engine = Literal["fast", "pyradiomics"]
Image = npt.NDArray[Any]


@dataclass(frozen=True)
class Outcome:
    """Features of one region in one image; `problem` is the reason where there are none.

    `left_out`: items without values (`log-sigma-5-0-mm-3D`, `shape2D`), and why. `fallback`: why PyRadiomics computed
    in the fast engine's place.
    """

    quality: RoiQuality
    values: Mapping[str, float] = field(default_factory=dict)
    problem: str | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
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
            touches_border=any(
                n > 1 and (side.start == 0 or side.stop == n) for side, n in zip(index.box, shape, strict=True)
            ),
            native_voxels=self.native_voxels.get(name),
        )


def compute(
    image: Image,
    regions: Regions,
    grid: Grid,
    settings: RadiomicsSettings,
    engine: Engine = "fast",
    *,
    doubles: bool = False,
) -> dict[str, Outcome]:
    """Compute every region's features in one image (D, H, W), in its own type or with `doubles` in float64.

    Without its kernel the fast engine leaves all to PyRadiomics, and `fallback` says so.
    """
    outcomes = {
        name: Outcome(regions.qualities[name], problem=problem, engine=engine)
        for name, problem in regions.problems.items()
        if problem is not None
    }
    names = [name for name in regions.masks if name not in outcomes]
    if names and image.dtype.kind == "f" and not np.isfinite(image).all():
        problem = "the image holds values that are not finite"
        return outcomes | {name: Outcome(regions.qualities[name], problem=problem, engine=engine) for name in names}
    said = ""
    try:
        if engine == "fast":
            return outcomes | (_by_fast(image, regions, names, grid, plan_of(settings), doubles) if names else {})
    except NotCovered as reason:
        said = f"computed by PyRadiomics: {reason}"
    image = image.astype(np.float64) if doubles else image
    return outcomes | {name: _by_reference(image, regions, name, grid, settings, said) for name in names}


def _by_fast(
    image: Image, regions: Regions, names: list[str], grid: Grid, plan: Plan, doubles: bool
) -> dict[str, Outcome]:
    """Outcomes by the fast engine."""
    outcomes = {}
    rois = {name: regions.masks[name] for name in names}
    for prepared in prepare(image, rois, regions.indices, grid, plan, doubles):
        for name, error in prepared.refused.items():
            outcomes[name] = _refused(error, regions.fast_quality(name), "fast")
        for name, found in measure(prepared, plan, regions.scratch).items():
            values, left_out = _of_the_region(prepared, name, plan)
            quality = regions.fast_quality(name).with_levels(found.grey_levels)
            values, left_out = values | found.values, left_out | found.left_out
            nothing = None if values else f"{', '.join(left_out)}: {'; '.join(dict.fromkeys(left_out.values()))}"
            outcomes[name] = Outcome(quality, values, nothing, left_out)
    return outcomes


def _of_the_region(prepared: Prepared, name: str, plan: Plan) -> tuple[dict[str, float], dict[str, str]]:
    """Shape features of the region as prepared, and why there are none of shape2D.

    Of a region that is resegmented for the other classes only, PyRadiomics measures what lies in the box that is left.
    Where it would refuse the whole region for shape2D, the other classes are computed here.
    """
    region, spacing = prepared.outlines[name][prepared.masks[name].box], prepared.source.spacing
    found: dict[str, Mapping[str, float]] = {}
    left_out: dict[str, str] = {}
    if "shape" in plan.of_the_region:
        found["shape"] = shape(region, spacing)
    if "shape2D" in plan.of_the_region:
        dimension = plan.given.get("force2Ddimension", 0)
        try:
            if not plan.given.get("force2D"):
                left_out["shape2D"] = "it needs force2D: true"
            elif is_computed(region, dimension):
                found["shape2D"] = shape_2d(region, spacing, dimension)
            else:
                left_out["shape2D"] = "PyRadiomics makes none of this region in this dimension"
        except ValueError:
            left_out["shape2D"] = "it is of one slice, and the region has several"
    values = {f"original_{kind}_{f}": of[f] for kind, of in found.items() for f in plan.of_the_region[kind]}
    return values, left_out


def _by_reference(
    image: Image, regions: Regions, name: str, grid: Grid, settings: RadiomicsSettings, said: str = ""
) -> Outcome:
    quality = regions.qualities[name]
    from backend.science.radiomics.reference import reference

    try:
        values, levels = reference(image, regions.masks[name], grid, settings)
    except BadSettings as missing:
        if not said:
            raise
        return Outcome(quality, problem=f"{said.removeprefix('computed by PyRadiomics: ')}; {missing.sentence}")
    except RAISES as error:
        return _refused(error, quality, "pyradiomics", said)
    return Outcome(quality.with_levels(levels), values, engine="pyradiomics", fallback=said)


def _refused(error: Exception, quality: RoiQuality, engine: Engine, said: str = "") -> Outcome:
    words = (str(error) or type(error).__name__).splitlines()[0][:200]
    return Outcome(quality, problem=f"PyRadiomics refuses the region ({words})", engine=engine, fallback=said)

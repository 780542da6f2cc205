"""The images that one image type of PyRadiomics produces, as values of the regions' voxels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.filters.gradient import gradient
from backend.science.radiomics.filters.intensity import INTENSITY_FILTERS
from backend.science.radiomics.filters.laplacian_of_gaussian import fits, laplacian_of_gaussian
from backend.science.radiomics.filters.local_binary_pattern_2d import MOST_TURNED, local_binary_pattern_2d, stored
from backend.science.radiomics.filters.local_binary_pattern_3d import local_binary_pattern_3d
from backend.science.radiomics.filters.wavelet import subbands
from backend.science.radiomics.kernel import call
from backend.science.radiomics.parameters.feature_order import log_name, wavelet_axes
from backend.science.radiomics.plan import ImagePlan, NotCovered
from backend.science.radiomics.preparation.source import Source
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.scratch import Scratch
from backend.science.types import Box

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DerivedImage:
    """PyRadiomics' name, the image's type, and the values (n,) float64 of each region's voxels in raster order."""

    name: str
    dtype: np.dtype[Any]
    values: Mapping[str, Values]


def derived_images(
    source: Source, masks: Mapping[str, MaskIndex], plan: ImagePlan, scratch: Scratch
) -> Iterator[DerivedImage]:
    """Yield the images of one type; values are overwritten when the next but one is requested.

    As in PyRadiomics there is no LoG of an image that is small beside sigma. Raises NotCovered.
    """
    box = _around([mask.box for mask in masks.values()])
    if plan.kind == "Wavelet":
        yield from _wavelet(source, box, masks, plan.options, scratch)
        return
    if plan.kind == "LBP2D":
        yield _patterns_in_planes(source, box, masks, plan)
        return
    if plan.kind == "LBP3D":
        yield from _patterns_in_space(source, masks, plan.options)
        return
    for name, block in _blocks(source, box, plan):
        yield DerivedImage(name, block.dtype, _gathered(block, box, masks))


def _wavelet(
    source: Source, box: Box, masks: Mapping[str, MaskIndex], options: Mapping[str, Any], scratch: Scratch
) -> Iterator[DerivedImage]:
    made = subbands(
        *(source.image, box, masks, options.get("wavelet", "coif1"), source.read, scratch),
        level=options.get("level", 1),
        start_level=options.get("start_level", 0),
        axes=wavelet_axes(options),
    )
    for name, values in made:
        dtype = next(iter(values.values())).dtype
        yield DerivedImage(name, dtype, {region: own.astype(np.float64, copy=False) for region, own in values.items()})


def _patterns_in_planes(source: Source, box: Box, masks: Mapping[str, MaskIndex], plan: ImagePlan) -> DerivedImage:
    options = plan.options
    method, samples = options.get("lbp2DMethod", "uniform"), options.get("lbp2DSamples", 8)
    if method == "ror" and samples > MOST_TURNED:
        raise NotCovered(f"local binary patterns `ror` of more than {MOST_TURNED} samples have no defined value")
    radius, axis = options.get("lbp2DRadius", 1), options.get("force2Ddimension", 0)
    block = local_binary_pattern_2d(source.whole, radius, samples, method, axis, box)
    values = _gathered(block, box, masks)
    # PyRadiomics writes the patterns of a volume's slices back into the volume, in its type.
    dtype = np.dtype(np.float64) if plan.plane else source.dtype
    return DerivedImage("lbp-2D", dtype, {roi: stored(own, dtype) for roi, own in values.items()})


def _patterns_in_space(
    source: Source, masks: Mapping[str, MaskIndex], options: Mapping[str, Any]
) -> Iterator[DerivedImage]:
    levels, radius = options.get("lbp3DLevels", 2), options.get("lbp3DIcosphereRadius", 1)
    subdivision = options.get("lbp3DIcosphereSubdivision", 1)
    found = {
        name: dict(local_binary_pattern_3d(source.whole, mask, levels, radius, subdivision))
        for name, mask in masks.items()
    }
    for image in next(iter(found.values())):
        yield DerivedImage(f"lbp-3D-{image}", np.dtype(np.float64), {name: own[image] for name, own in found.items()})


def _blocks(source: Source, box: Box, plan: ImagePlan) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """(PyRadiomics' name, voxels of the box) of image types that are made for all voxels of the box."""
    options = plan.options
    if plan.kind == "Original":
        yield "original", source.part(box)
    elif plan.kind == "LoG":
        yield from _laplacians(source, box, plan)
    elif plan.kind in INTENSITY_FILTERS:
        yield plan.kind.lower(), INTENSITY_FILTERS[plan.kind](source.whole, box)
    elif plan.kind == "Gradient":
        yield "gradient", gradient(source.whole, source.spacing, options.get("gradientUseSpacing", True), box)


def _laplacians(source: Source, box: Box, plan: ImagePlan) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """(PyRadiomics' name, voxels of the box) of each sigma that the image is large enough for."""
    whole, spacing, inside = source.whole, source.spacing[: 2 if plan.plane else 3], box[1 if plan.plane else 0 :]
    image = whole[0] if plan.plane else whole
    for sigma in plan.options["sigma"]:
        if fits(image.shape, spacing, sigma):
            found = laplacian_of_gaussian(image, spacing, sigma, inside)
            yield log_name(sigma), found.reshape(tuple(side.stop - side.start for side in box))


def _gathered(block: npt.NDArray[Any], box: Box, masks: Mapping[str, MaskIndex]) -> dict[str, Values]:
    voxels = np.ascontiguousarray(block, dtype=np.float64)
    found = {}
    for name, mask in masks.items():
        found[name] = mask.scratch.empty("values L", mask.voxels, np.float64)
        call("rl_gather", voxels, mask.starts_in(box), mask.spans, len(mask.spans), found[name])
    return found


def _around(boxes: list[Box]) -> Box:
    z, y, x = (slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes)) for axis in range(3))
    return z, y, x

"""Quality checks of a region of interest: size, image border, connected pieces and grey levels."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.types import MaskArray


@dataclass(frozen=True)
class RoiQuality:
    """Facts about one ROI on one image.

    `voxels`, `native_voxels`: on the working grid and in the mask as drawn (None where unknown); `components`:
    connected pieces (26 neighbours); `touches_border`: the ROI reaches an edge of an axis of several voxels, where
    wavelets wrap; `grey_levels`: image type -> occupied levels after discretisation.
    """

    voxels: int
    components: int
    touches_border: bool
    native_voxels: int | None = None
    grey_levels: dict[str, int] = field(default_factory=dict)

    @property
    def one_grey_level(self) -> tuple[str, ...]:
        """Image types in which the whole ROI is one level; their texture features have no meaning."""
        return tuple(name for name, levels in self.grey_levels.items() if levels <= 1)

    def with_levels(self, grey_levels: Mapping[str, int]) -> "RoiQuality":
        """Return the same facts with the grey levels counted during extraction."""
        return replace(self, grey_levels=dict(grey_levels))


def roi_quality(mask: MaskArray, native_voxels: int | None = None) -> RoiQuality:
    """Compute the facts that need only the mask, (D, H, W) bool."""
    from scipy import ndimage  # half a second to import; the fast engine counts components itself

    return RoiQuality(
        voxels=int(np.count_nonzero(mask)),
        components=int(ndimage.label(mask, structure=np.ones((3, 3, 3)))[1]),
        touches_border=any(n > 1 and bool(mask.take((0, -1), axis=axis).any()) for axis, n in enumerate(mask.shape)),
        native_voxels=native_voxels,
    )


def roi_problem(mask: MaskArray, minimum_dimensions: int = 2) -> str | None:
    """Sentence why no features can be computed on this ROI (PyRadiomics' limits); None where they can."""
    voxels = int(np.count_nonzero(mask))
    if voxels == 0:
        return "the mask is empty"
    if voxels == 1:
        return "the mask is a single voxel; texture needs neighbours"
    if voxels == mask.size:
        return "the mask fills the whole image; a region inside it is needed"
    reached = [np.flatnonzero(mask.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    extended = sum(int(where[-1] > where[0]) for where in reached)
    if extended < minimum_dimensions:
        return f"the mask extends in {extended} dimension; features need at least {minimum_dimensions}"
    return None


def grey_levels(values: npt.NDArray[np.floating], settings: Mapping[str, Any]) -> int:
    """Occupied levels of ROI values (n_voxels,) under PyRadiomics' binWidth (edges at multiples) or binCount."""
    if settings.get("binCount"):
        edges = np.histogram_bin_edges(values, settings["binCount"])
        edges[-1] += 1
        return len(np.unique(np.digitize(values, edges)))
    return len(np.unique(np.floor(values / settings.get("binWidth", 25))))

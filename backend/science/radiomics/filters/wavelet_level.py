"""One level of the undecimated wavelet transform of a block: low and high pass along one axis after another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.filters.wavelet_reach import Ranges, even, extended, needed, turned
from backend.science.radiomics.kernel import call
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.scratch import Scratch

Volume = npt.NDArray[Any]  # float64, or float32 where the image is
Place = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]


@dataclass(frozen=True, eq=False)
class WaveletLevel:
    """`shape` of the whole image; `axes` in the order they are filtered; what the level is given and what it makes."""

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    given: Ranges
    made: Ranges
    low: Volume
    high: Volume
    scratch: Scratch

    @property
    def last(self) -> int:
        """The axis that is filtered at the end."""
        return self.axes[-1]

    def before_last(self, block: Volume, done: int = 0) -> Iterator[tuple[str, Volume]]:
        """Yield (letters, block) of every subband of all axes but the last, `L` first."""
        if done == len(self.axes) - 1:
            yield "", self._extended(block, self.last)
            return
        axis = self.axes[done]
        for letter, part in zip("LH", self.split(self._extended(block, axis), axis, f"axis {axis}"), strict=True):
            for word, smaller in self.before_last(part, done + 1):
                yield letter + word, smaller

    def split(self, block: Volume, axis: int, name: str) -> tuple[Volume, Volume]:
        """Low and high pass of a block, which holds what the axis needs, in work arrays of this name."""
        shape = list(block.shape)
        shape[axis] -= self.low.size - 1
        outer, inner = int(np.prod(shape[:axis], dtype=int)), int(np.prod(shape[axis + 1 :], dtype=int))
        made = [self.scratch.empty(f"{band} {name} {block.dtype}", tuple(shape), block.dtype) for band in "LH"]
        order = turned(self.made[axis], even(self.shape[axis]), self.low.size)
        call(
            *(_typed("rl_filter", block), block, outer, shape[axis], inner, self.low, self.high, self.low.size),
            *(order, *made),
        )
        return made[0], made[1]

    def place(self, mask: MaskIndex) -> Place:
        """Where a region's spans begin in a block before the last axis, the spans, and their order of terms."""
        sides = [slice(*held) for held in self.made]
        sides[self.last] = slice(self.made[self.last][0], self.made[self.last][1] + self.low.size - 1)
        starts, spans = mask.starts_in((sides[0], sides[1], sides[2])), mask.spans
        if self.last == 2:  # a span runs along the axis itself, so each voxel has its own order
            lengths = spans[:, 1]
            within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            starts = (np.repeat(starts, lengths) + within).astype(np.int32)
            spans = np.ones((starts.size, 2), dtype=np.int32)
        extent = [side.stop - side.start for side in sides]
        along = np.unravel_index(starts, extent)[self.last]
        order = turned(self.made[self.last], even(self.shape[self.last]), self.low.size)[along]
        return starts, spans, order

    def at_region(self, part: Volume, place: Place, low: Volume, high: Volume) -> None:
        """Low and high pass of a block before the last axis at a region's voxels, written to `low` and `high` (n,)."""
        starts, spans, order = place
        step = int(np.prod(part.shape[self.last + 1 :], dtype=int))
        call(
            *(_typed("rl_filter_spans", part), part, step, starts, spans, len(spans)),
            *(self.low, self.high, self.low.size, order, low, high),
        )

    def _extended(self, block: Volume, axis: int) -> Volume:
        return extended(block, axis, self.given[axis], needed(self.made[axis], self.low.size))


def _typed(function: str, block: Volume) -> str:
    return f"{function}_float" if block.dtype == np.float32 else function

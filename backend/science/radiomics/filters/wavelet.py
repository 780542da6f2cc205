"""The eight subbands of the undecimated wavelet transform around a region, bit for bit as on the whole image."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import call
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.scratch import Scratch
from backend.science.types import Box

Volume = npt.NDArray[np.float64]
BANDS = ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")  # PyRadiomics' order; the first letter is x
# coif1's decomposition filters, bit-identical to PyWavelets': most extractions then need not import it.
COIF1_LOW = (
    -0.015655728135791993,
    -0.07273261951252645,
    0.3848648468648578,
    0.8525720202116004,
    0.3378976624574818,
    -0.07273261951252645,
)


def filters(wavelet: str) -> tuple[Volume, Volume]:
    """Low-pass and high-pass decomposition filters (taps,) of a discrete wavelet by PyWavelets' name."""
    if wavelet == "coif1":
        low = np.array(COIF1_LOW)
        return low, low[::-1] * (-1.0, 1.0, -1.0, 1.0, -1.0, 1.0)
    import pywt

    chosen = pywt.Wavelet(wavelet)
    return np.array(chosen.dec_lo), np.array(chosen.dec_hi)


def subbands(
    image: npt.NDArray[Any],
    box: Box,
    regions: Mapping[str, MaskIndex],
    wavelet: str = "coif1",
    normalise: Callable[[Any], Volume] | None = None,
    scratch: Scratch | None = None,
) -> Iterator[tuple[str, dict[str, Volume]]]:
    """Yield (subband, values (n,) of each region) of the normalised `image` (D, H, W); `box` holds all regions.

    Values are overwritten when the subband after the next is requested. The last axis is filtered at the regions'
    voxels only.
    The transform is periodic: out[i] = sum_j f[j] x[(i + taps/2 - j) mod n]; an odd axis is first made even by
    repeating its first voxel at the end. So the voxels a subband needs beyond the box are taken by wrapped index.
    """
    low, high = filters(wavelet)
    scratch = scratch or Scratch()
    block = _with_margin(image, box, low.size)
    block = np.ascontiguousarray(block, dtype=np.float64) if normalise is None else normalise(block)
    starts = {name: mask.starts_in(box) for name, mask in regions.items()}
    for x, first in zip("LH", _split(block, 2, low, high, scratch), strict=True):
        for y, second in zip("LH", _split(first, 1, low, high, scratch), strict=True):
            found: tuple[dict[str, Volume], dict[str, Volume]] = ({}, {})
            for name, mask in regions.items():
                pair = [mask.scratch.empty(f"values {band}", mask.voxels, np.float64) for band in "LH"]
                plane = second.shape[1] * second.shape[2]
                call(
                    *("rl_filter_spans", second, plane, starts[name], mask.spans, len(mask.spans), low, high, low.size),
                    *pair,
                )
                found[0][name], found[1][name] = pair
            yield f"{x}{y}L", found[0]
            yield f"{x}{y}H", found[1]


def _with_margin(image: npt.NDArray[Any], box: Box, taps: int) -> npt.NDArray[Any]:
    """The voxels of the box with a margin of taps - 1 along each axis, as far as out[i] reaches."""
    for axis, inside in enumerate(box):
        n = image.shape[axis]
        even = n + n % 2
        first, stop = inside.start + taps // 2 - taps + 1, inside.stop + taps // 2
        if first >= 0 and stop <= n:
            image = image[(slice(None),) * axis + (slice(first, stop),)]
        else:
            wanted = np.arange(first, stop) % even
            image = image.take(np.where(wanted == n, 0, wanted), axis=axis)
    return image


def _split(block: Volume, axis: int, low: Volume, high: Volume, scratch: Scratch) -> tuple[Volume, Volume]:
    shape = list(block.shape)
    shape[axis] -= low.size - 1
    outer, inner = int(np.prod(shape[:axis], dtype=int)), int(np.prod(shape[axis + 1 :], dtype=int))
    lower, upper = (scratch.empty(f"{band} along {axis}", tuple(shape), np.float64) for band in "LH")
    call("rl_filter", block, outer, shape[axis], inner, low, high, low.size, lower, upper)
    return lower, upper

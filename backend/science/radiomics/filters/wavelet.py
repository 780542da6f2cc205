"""Subbands of the undecimated wavelet transform around regions, bit for bit PyRadiomics' on the whole image."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.filters.wavelet_level import Volume, WaveletLevel
from backend.science.radiomics.filters.wavelet_reach import cut, even, ranges_of
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.scratch import Scratch
from backend.science.types import Box

Values = dict[str, Volume]
AXES = (2, 1, 0)  # PyRadiomics' order: the first letter of a subband is x
# coif1's decomposition filters, bit-identical to PyWavelets': most extractions then need not import it.
COIF1_LOW = (
    -0.015655728135791993,
    -0.07273261951252645,
    0.3848648468648578,
    0.8525720202116004,
    0.3378976624574818,
    -0.07273261951252645,
)


def wavelet_names(level: int, axes: int) -> Iterator[str]:
    """PyRadiomics' names of the subbands of `level` levels, filtered along so many axes, in its order."""
    words = ["".join(letters) for letters in product("LH", repeat=axes)]
    prefixes = ["wavelet", *(f"wavelet{at}" for at in range(2, level + 1))]
    yield from (f"{prefix}-{word}" for prefix in prefixes for word in words[1:])
    yield f"{prefixes[-1]}-{words[0]}"


def filters(wavelet: str, dtype: npt.DTypeLike = np.float64) -> tuple[Volume, Volume]:
    """Low-pass and high-pass decomposition filters (taps,) of a discrete wavelet by PyWavelets' name."""
    if wavelet == "coif1" and dtype == np.float64:
        low = np.array(COIF1_LOW)
        return low, low[::-1] * (-1.0, 1.0, -1.0, 1.0, -1.0, 1.0)
    import pywt

    # The response to a pulse, as PyWavelets' own float32 filters are not its float64 ones rounded.
    taps = pywt.Wavelet(wavelet).dec_len
    pulse = np.zeros(even(taps) + 2, dtype=dtype)
    pulse[0] = 1
    low, high = pywt.swt(pulse, wavelet, level=1)[0]
    at = (np.arange(taps) - taps // 2) % pulse.size
    return np.ascontiguousarray(low[at]), np.ascontiguousarray(high[at])


def taps_of(wavelet: str) -> int:
    """Length of a wavelet's filters; it is even."""
    return filters(wavelet)[0].size


def subbands(
    image: npt.NDArray[Any],
    box: Box,
    regions: Mapping[str, MaskIndex],
    wavelet: str = "coif1",
    normalise: Callable[[Any], Volume] | None = None,
    scratch: Scratch | None = None,
    level: int = 1,
    start_level: int = 0,
    axes: tuple[int, ...] = AXES,
) -> Iterator[tuple[str, Values]]:
    """Yield (PyRadiomics' name, values (n,) of each region) of the normalised `image` (D, H, W), in its order.

    `box` holds all regions. `wavelet-LLH`, ..., `wavelet2-LLH`, ..., and last the approximation of the last level. The
    first `start_level` levels have no subbands of their own. `axes`: as the letters; force2D leaves one out.
    float32 stays float32, computed in float32; any other type becomes float64.
    Values are overwritten when the next ones are requested.

    A level filters the approximation of the one before; it needs more voxels than the box (`wavelet_reach.py`). The
    last axis is filtered at the regions' voxels only.
    """
    levels = start_level + level
    names = wavelet_names(level, len(axes))
    scratch = scratch or Scratch()
    ranges = ranges_of(box, image.shape, axes, taps_of(wavelet), levels)
    block = cut(image, ranges[0])
    block = block if normalise is None else normalise(block)
    block = np.ascontiguousarray(block, dtype=np.float32 if block.dtype == np.float32 else np.float64)
    bank = filters(wavelet, block.dtype)
    found = {key: {name: _empty(mask, key, block) for name, mask in regions.items()} for key in ("L", "H", "end")}
    for at in range(levels):
        step = WaveletLevel(image.shape, axes, ranges[at], ranges[at + 1], *bank, scratch)
        places = {name: step.place(mask) for name, mask in regions.items()}
        for word, part in step.before_last(block):
            approximates = "H" not in word
            if approximates and at + 1 < levels:
                approximation, _ = step.split(part, step.last, f"level {at % 2}")
            if at < start_level:
                break  # of this level only the approximation is wanted, which comes first
            low = found["end" if approximates else "L"]
            for name, place in places.items():
                step.at_region(part, place, low[name], found["H"][name])
            if not approximates:
                yield next(names), found["L"]
            yield next(names), found["H"]
        if at + 1 < levels:
            block = approximation
    yield next(names), found["end"]


def _empty(mask: MaskIndex, key: str, block: Volume) -> Volume:
    name = f"values {key}" if block.dtype == np.float64 else f"values {key} {block.dtype}"
    return mask.scratch.empty(name, mask.voxels, block.dtype)

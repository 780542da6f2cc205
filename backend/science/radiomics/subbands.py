"""The eight subbands of the undecimated wavelet transform around a region, bit for bit as on the whole image."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import call
from backend.science.radiomics.mask_index import Box

Volume = npt.NDArray[np.float64]
BANDS = ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")  # PyRadiomics' order; the first letter is x
# coif1's decomposition filters, to the bits PyWavelets holds: most extractions need no other and no import.
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


def subbands(image: npt.NDArray[Any], box: Box, wavelet: str = "coif1") -> Iterator[tuple[str, Volume]]:
    """(name, values inside `box`) of each subband of `image` (D, H, W).

    The transform is periodic: out[i] = sum_j f[j] x[(i + taps/2 - j) mod n]; an odd axis is first made even by
    repeating its first voxel at the end. So the voxels a subband needs beyond the box are taken by wrapped index.
    """
    low, high = filters(wavelet)
    block = _with_margin(image, box, low.size)
    along_x = _split(block, 2, low, high)
    bands = {}
    for x, first in zip("LH", along_x, strict=True):
        for y, second in zip("LH", _split(first, 1, low, high), strict=True):
            for z, third in zip("LH", _split(second, 0, low, high), strict=True):
                bands[x + y + z] = third
    for name in BANDS:
        yield name, bands.pop(name)


def _with_margin(image: npt.NDArray[Any], box: Box, taps: int) -> Volume:
    indices = []
    for axis, inside in enumerate(box):
        n = image.shape[axis]
        even = n + n % 2
        # taps - 1 voxels more than the box, as far as out[i] reaches on either side
        wanted = np.arange(inside.start + taps // 2 - taps + 1, inside.stop + taps // 2) % even
        indices.append(np.where(wanted == n, 0, wanted))
    return np.ascontiguousarray(image[np.ix_(*indices)], dtype=np.float64)


def _split(block: Volume, axis: int, low: Volume, high: Volume) -> tuple[Volume, Volume]:
    shape = list(block.shape)
    shape[axis] -= low.size - 1
    outer, inner = int(np.prod(shape[:axis], dtype=int)), int(np.prod(shape[axis + 1 :], dtype=int))
    results = np.empty(shape), np.empty(shape)
    call("rl_filter", block, outer, shape[axis], inner, low, high, low.size, *results)
    return results

"""Two passes of the radiomics kernel written in numba: `PYTHON kernel_in_numba.py PASSES.npz`.

Run by another interpreter, in which numba is installed: it is no part of this project's environment. Checks its
counts against the kernel's and prints the seconds of the first call and the CPU seconds of one later call of each pass.
"""

import sys
from collections.abc import Callable
from importlib.metadata import version
from time import perf_counter, process_time
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

REPEATS = 20
Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator] # numba has no types
def neighbours(
    levels: Array, rows: Array, offset: Array, around: Array, bits: Array, gldm: Array, ngtdm: Array
) -> None:
    """Equality bits, GLDM and NGTDM counts, as `rl_neighbours` of kernel/neighbours.c with alpha 0."""
    for row in range(rows.shape[0]):
        for p in range(rows[row, 0], rows[row, 0] + rows[row, 1]):
            level = np.int64(levels[p])
            if level == 0:
                continue
            bit, alike, total = 0, 0, np.int64(0)
            for d in range(offset.shape[0]):
                later, earlier = np.int64(levels[p + offset[d]]), np.int64(levels[p - offset[d]])
                bit |= (earlier == level) << d
                alike += (earlier == level) + (later == level)
                total += earlier + later
            bits[p] = bit
            gldm[level, alike] += 1
            ngtdm[level, around[p]] += abs(np.int64(around[p]) * level - total)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator] # numba has no types
def pairs(levels: Array, rows: Array, offset: Array, table: Array, equal: Array, px: Array) -> None:
    """Pairs of equal levels and margins of each direction, as `rl_glcm` of kernel/glcm.c counts them."""
    side = equal.shape[1]
    for d in range(offset.shape[0]):
        table[:] = 0
        for row in range(rows.shape[0]):
            for p in range(rows[row, 0], rows[row, 0] + rows[row, 1]):
                a, b = np.int64(levels[p]), np.int64(levels[p + offset[d]])
                table[min(a, b) * side + max(a, b)] += 1
        for i in range(1, side):
            equal[d, i] = table[i * side + i]
            px[d, i] += 2 * table[i * side + i]
            for j in range(i + 1, side):
                px[d, i] += table[i * side + j]
                px[d, j] += table[i * side + j]


def main() -> None:
    given = np.load(sys.argv[1])
    levels, rows, offset, around = (given[name] for name in ("levels", "rows", "offset", "around"))
    side = given["equal"].shape[1]
    bits = np.zeros_like(levels)
    gldm, ngtdm = np.zeros((side, 27), np.uint32), np.zeros((side, 27), np.int64)
    table, equal, px = np.zeros(side * side, np.uint32), np.zeros((13, side), np.uint32), np.zeros((13, side), np.int64)
    calls: dict[str, Callable[[], None]] = {
        "neighbours": lambda: neighbours(levels, rows, offset, around, bits, gldm, ngtdm),
        "pairs": lambda: pairs(levels, rows, offset, table, equal, px),
    }
    counts = {"neighbours": ((gldm, "gldm"), (ngtdm, "ngtdm")), "pairs": ((equal, "equal"), (px, "px"))}
    print(f"VERSION {version('numba')}")
    for name, call in calls.items():
        start = perf_counter()
        call()
        first = perf_counter() - start
        for found, wanted in counts[name]:
            assert (found == given[wanted]).all(), f"numba counts another {wanted}"
        spent = process_time()
        for _ in range(REPEATS):
            call()
        print(f"PASS {name} {first:.2f} {(process_time() - spent) / REPEATS:.5f}", flush=True)


if __name__ == "__main__":
    main()

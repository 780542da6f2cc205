"""Compares the radiomics kernel in C and in numba: `python -m benchmarks.kernel_language --numba PYTHON`.

On the gland of a real case on T2 in 32 bins: the pass over neighbours (GLDM, NGTDM, equality bits) and the pass over
pairs (GLCM, without MCC). PYTHON is an interpreter with numba and numpy; both sides must count the same. `--write` puts
the table into the page.
"""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.glcm import Cooccurrence
from backend.science.radiomics.kernel import call
from backend.science.radiomics.region.discretisation import GreyLevels, bin_edges
from backend.science.radiomics.region.mask_index import MaskIndex
from benchmarks.page import measured_by, table, write_block
from benchmarks.radiomics_cases import patients

IN_NUMBA = Path(__file__).with_name("kernel_in_numba.py")
REPEATS = 20
Array = npt.NDArray[Any]


def passes() -> tuple[dict[str, float], dict[str, Array]]:
    """CPU seconds of a call of each pass in C, with its inputs and counts."""
    case = next(iter(patients().values()))
    roi = case.masks["gland"] > 0
    mask = MaskIndex.of(roi)
    values = case.images["T2"][roi].astype(np.float64)
    levels = GreyLevels(values, bin_edges(values.min(), values.max(), 32, 0), mask)
    side = levels.ng + 1
    gldm, ngtdm = np.zeros((2, side, 27), np.uint32), np.zeros((2, side, 27), np.int64)

    def neighbours() -> None:
        gldm[:], ngtdm[:] = 0, 0
        around, counts = mask.around, (mask.bits, gldm, ngtdm)
        call("rl_neighbours", mask.levels, mask.rows, len(mask.rows), mask.offset, around, 0, levels.ng, *counts)

    seconds = {"neighbours": spent(neighbours), "pairs": spent(lambda: Cooccurrence.of(levels, mcc=False))}
    counted = Cooccurrence.of(levels, mcc=False)
    found = {"gldm": gldm.sum(axis=0), "ngtdm": ngtdm.sum(axis=0), "equal": counted.equal, "px": counted.px}
    return seconds, found | {name: getattr(mask, name) for name in ("levels", "rows", "offset", "around")}


def spent(run: Callable[[], object]) -> float:
    """CPU seconds of one call, after a first one."""
    run()
    start = process_time()
    for _ in range(REPEATS):
        run()
    return (process_time() - start) / REPEATS


def in_numba(python: str, given: dict[str, Array], cache: Path) -> list[list[str]]:
    """The printed text of each pass, run in a separate process."""
    np.savez(cache / "passes.npz", allow_pickle=False, **given)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "NUMBA_NUM_THREADS": "1"}
    done = subprocess.run(
        [python, IN_NUMBA, cache / "passes.npz"], check=True, capture_output=True, text=True, env=environment
    )
    return [line.split() for line in done.stdout.splitlines()]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--numba", metavar="PYTHON", required=True, help="an interpreter with numba and numpy")
    options.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    chosen = options.parse_args()
    seconds, given = passes()
    with tempfile.TemporaryDirectory() as folder:
        compiled, cached = (in_numba(chosen.numba, given, Path(folder)) for _ in range(2))
    lines = []
    for (_, name, compiling, _), (_, _, loading, later) in zip(compiled[1:], cached[1:], strict=True):
        ratio = float(later) / seconds[name]
        first = f"{float(compiling):.1f} s compiling, {float(loading):.2f} s from its cache"
        lines.append([name, f"{1e3 * seconds[name]:.1f} ms", f"{1e3 * float(later):.1f} ms", f"{ratio:.1f} x", first])
    version = compiled[0][1]
    text = table(["pass over the gland", "C", f"numba {version}", "numba / C", "numba's first call"], lines)
    print(text)
    if chosen.write:
        said = measured_by("python -m benchmarks.kernel_language --numba PYTHON --write")
        write_block("performance.md", "kernel-language", f"{said}\n\n{text}")


if __name__ == "__main__":
    main()

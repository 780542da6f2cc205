"""Comparison of the fast radiomics engine with PyRadiomics: `python -m benchmarks.radiomics`, for docs/performance.md.

A real patient, 3 modalities, gland and lesion, one thread, on the whole image and on a cropped field.
Both engines run in turn in one process and CPU seconds are compared, so a ratio depends little on other load of the
machine; peak memory is of one child process each. `--raw` measures binWidth 5 on raw values, which takes PyRadiomics
minutes. `--write` puts the tables into the page. Other tools, settings and images: `python -m benchmarks.engine`.
"""

import argparse
import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from backend.jobs.compute.subprocess_pool import ONE_THREAD
from backend.science.imaging.prepare import PreparedCase
from backend.science.radiomics import CaseFeatures, extract_rois
from benchmarks.page import measured_by, table, write_block
from benchmarks.radiomics_cases import RAW, ROIS, SETTINGS, field, patients, settings, stock
from benchmarks.radiomics_equal import Agreement, agreement

ROOT = Path(__file__).parents[1]
ROUNDS = 9
Features = dict[str, CaseFeatures]


@dataclass(frozen=True)
class Pair:
    """CPU seconds of both engines on the same input, and how far they agree."""

    slow: float
    fast: float
    agrees: Agreement

    @property
    def ratio(self) -> str:
        return f"{self.slow / self.fast:.0f} x"


def cpu(work: Callable[[], Features]) -> tuple[float, Features]:
    """CPU seconds of a call, and its answer."""
    start = process_time()
    answer = work()
    return process_time() - start, answer


def compared(case: PreparedCase, name: str, rois: tuple[str, ...] = ROIS) -> Pair:
    """PyRadiomics once, the fast engine three times before and after it: its median."""
    chosen = settings(name)
    ours = partial(extract_rois, case, rois, chosen, "fast")
    runs = [cpu(ours) for _ in range(3)]
    slow, theirs = cpu(partial(stock, case, chosen, rois))
    runs += [cpu(ours) for _ in range(3)]
    assert len({found[roi].values.tobytes() for _, found in runs for roi in rois}) == len(rois), "not the same bits"
    normalised = "normalize" in SETTINGS[name]
    return Pair(slow, median(seconds for seconds, _ in runs), agreement(case, runs[0][1], theirs, normalised))


def speed(cases: dict[str, PreparedCase]) -> tuple[list[list[str]], list[list[str]]]:
    """Rows of the tables of speed and of agreement, for the settings that PyRadiomics computes in seconds."""
    speeds, agreements = [], []
    for patient, case in cases.items():
        for name in [name for name in SETTINGS if name != RAW]:
            whole, part = compared(case, name), compared(field(case), name)
            seconds = [f"{one.slow:.1f} s | {one.fast:.2f} s | {one.ratio}" for one in (whole, part)]
            speeds.append([f"{patient}, {name}", *seconds])
            print(" | ".join(speeds[-1]), flush=True)
            for where, one in (("whole", whole), ("field", part)):
                agreements.append([f"{patient}, {name}, {where}", *one.agrees.cells()])
                print(" | ".join(agreements[-1]), flush=True)
    return speeds, agreements


def raw(case: PreparedCase, patient: str) -> tuple[list[str], list[str]]:
    """Worst case: the gland on raw ADC (837 features), and the agreement of all 5022, on the field."""
    case = field(case)
    adc = compared(replace(case, images={"ADC": case.images["ADC"]}), RAW, ("gland",))
    speed_row = [f"{patient}, {RAW}: gland on ADC, 837 features", f"{adc.slow:.0f} s | {adc.fast:.2f} s | {adc.ratio}"]
    print(" | ".join(speed_row), flush=True)
    rest = Agreement(**vars(adc.agrees))
    for part, rois in ((["T2", "DWI"], ROIS), (["ADC"], ("lesion",))):
        images = {modality: case.images[modality] for modality in part}
        found = compared(replace(case, images=images), RAW, rois).agrees
        rest.features, rest.close = rest.features + found.features, rest.close + found.close
        rest.rounding += found.rounding
        rest.beyond += found.beyond
        rest.undefined += found.undefined
    row = [f"{patient}, {RAW}, field", *rest.cells()]
    print(" | ".join(row), flush=True)
    return speed_row, row


def peak(engine: str) -> float:
    """Peak MB of a child process that extracts one patient, above its memory before."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.radiomics", "--child", engine],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.split()[-1])


def _child(engine: str) -> None:
    case, chosen = field(next(iter(patients().values()))), settings("binCount 32")
    ctypes.CDLL(None).malloc_trim(0)  # memory freed after loading would be reused and not counted
    Path("/proc/self/clear_refs").write_text("5")  # reset the peak: loading the case takes more than measuring it
    before = _resident("VmHWM")
    if engine == "fast":
        extract_rois(case, ROIS, chosen)
    else:
        stock(case, chosen)
    print(_resident("VmHWM") - before)


def _resident(which: str) -> float:
    """MB of this process's memory by its name in /proc/self/status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which)) / 1024


def two_threads(case: PreparedCase) -> float:
    """Throughput of two threads over one, wall time: the median of `ROUNDS` rounds of both, 8 extractions each."""
    chosen = settings("binCount 32")

    def spent(threads: int) -> float:
        with ThreadPoolExecutor(threads) as pool:
            start = perf_counter()
            list(pool.map(lambda _: extract_rois(case, ROIS, chosen), range(8)))
            return perf_counter() - start

    spent(2)  # memory and caches of the first calls
    return median(spent(1) / spent(2) for _ in range(ROUNDS))


def write_raw(cases: dict[str, PreparedCase], write: bool) -> None:
    """Write the part that takes PyRadiomics minutes, in its own block of the page."""
    rows = [raw(case, patient) for patient, case in cases.items()]
    said = measured_by("python -m benchmarks.radiomics --raw --write")
    speeds = table(["patient, settings", "PyRadiomics | fast | ratio"], [row for row, _ in rows])
    text = f"{said}\n\n{_split(speeds)}\n\n{_agreements([row for _, row in rows])}"
    if write:
        write_block("performance.md", "radiomics-raw", text)


def _agreements(rows: list[list[str]]) -> str:
    return table(["patient, settings, image", "within 1e-6", "only within rounding", "beyond"], rows)


def _split(markdown: str) -> str:
    """Table whose cells hold several columns; the line below its head is split accordingly."""
    head, _, *rows = markdown.splitlines()
    return "\n".join([head, "|" + " --- |" * (head.count("|") - 1), *rows])


def main() -> None:
    """Measure, print, and with --write puts the tables into the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--raw", action="store_true", help="only binWidth 5 on raw values: minutes of PyRadiomics")
    options.add_argument("--write", action="store_true", help="write docs/performance.md")
    options.add_argument("--child", choices=["fast", "pyradiomics"], help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # read when numpy was loaded: PyRadiomics' eigenvalues use it
        os.execve(
            sys.executable, [sys.executable, "-m", "benchmarks.radiomics", *sys.argv[1:]], os.environ | ONE_THREAD
        )
    if chosen.child:
        return _child(chosen.child)
    cases = patients()
    if chosen.raw:
        return write_raw(cases, chosen.write)
    said = measured_by("python -m benchmarks.radiomics --write")
    speeds, agreements = speed(cases)
    first = next(iter(cases.values()))
    memory = [peak(engine) for engine in ("pyradiomics", "fast")]
    threads = two_threads(field(first))
    head = ["patient, settings", "PyRadiomics, whole image | fast | ratio", "PyRadiomics, field | fast | ratio"]
    rest = table(
        ["binCount 32, field", "PyRadiomics", "fast"],
        [
            ["peak memory beyond the loaded case", f"{memory[0]:.0f} MB", f"{memory[1]:.0f} MB"],
            ["throughput of two threads over one", "", f"{threads:.2f} x"],
        ],
    )
    print(rest)
    parts = [said, _split(table(head, speeds)), rest, _agreements(agreements)]
    if chosen.write:
        write_block("performance.md", "radiomics", "\n\n".join(parts))
    return None


if __name__ == "__main__":
    main()

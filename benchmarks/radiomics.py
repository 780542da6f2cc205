"""The fast radiomics engine beside PyRadiomics: `python -m benchmarks.radiomics`, for docs/performance.md.

A real patient, 3 modalities, gland and lesion, one thread. Both engines run in turn in one process and CPU seconds are
compared, so the ratio does not depend on what else the machine does; peak memory is of one child process each.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import SimpleITK as sitk

from backend.ingest.cohort import Accepted, ingest
from backend.science.images import PreparedCase
from backend.science.radiomics import CaseFeatures, RadiomicsSettings, extract_rois, feature_names, settings_of
from backend.science.radiomics.engines import Engine
from backend.science.radiomics.reference import one_quiet_thread
from backend.science.radiomics.schema import extractor_of

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
CASES = ROOT.parent / "shared" / "data" / "cases"
CLASSES = ("firstorder", "glcm", "glszm", "glrlm", "ngtdm", "gldm")
ROIS = ("gland", "lesion")
FIELD = (64, 224, 224)
"""Voxels z, y, x of the encoder's field."""
SETTINGS: dict[str, dict[str, object]] = {
    "binCount 32": {"binCount": 32},
    "binWidth 25": {"binWidth": 25},
    "normalised, binWidth 5": {"normalize": True, "normalizeScale": 100, "binWidth": 5},
}
TAIL = "raw ADC, binWidth 5"


def settings(name: str) -> RadiomicsSettings:
    """Six classes on the original image and its eight subbands."""
    setting = SETTINGS.get(name, {"binWidth": 5})
    parts = {"imageType": {"Original": {}, "Wavelet": {}}, "featureClass": {c: [] for c in CLASSES}, "setting": setting}
    return settings_of(parts, "benchmark")


def patients() -> dict[str, PreparedCase]:
    """Both real cases; one has no lesion, so a ball of 8 mm around the middle of its gland stands for it."""
    found = {study.patient_id: study.case for study in ingest(CASES) if isinstance(study, Accepted)}
    return {patient: _with_lesion(case) for patient, case in found.items()}


def _with_lesion(case: PreparedCase) -> PreparedCase:
    gland, lesion = case.masks["gland"] > 0, case.masks.get("lesion")
    if lesion is not None and lesion.any():
        return case
    spacing = np.array(case.grid.spacing)[::-1]
    offsets = (np.indices(gland.shape).T - np.argwhere(gland).mean(axis=0)).T * spacing[:, None, None, None]
    ball = (offsets**2).sum(axis=0) <= 8**2
    return replace(case, masks={**case.masks, "lesion": (ball & gland).astype(np.uint8)})


def stock(case: PreparedCase, chosen: RadiomicsSettings) -> dict[str, CaseFeatures]:
    """PyRadiomics as its users run it: `execute` on the whole float64 image, one SimpleITK thread."""
    extractor = extractor_of(chosen)
    names = feature_names(chosen)
    found = {}
    with one_quiet_thread():
        for roi in (roi for roi in ROIS if roi in case.masks):
            values: list[float] = []
            for image in case.images.values():
                pair = [sitk.GetImageFromArray(v) for v in (image.astype(np.float64), case.masks[roi])]
                for volume in pair:
                    volume.SetSpacing(case.grid.spacing)
                result = extractor.execute(*pair)
                values += [float(result[name]) for name in names]
            keys = tuple(f"{modality}_{name}" for modality in case.images for name in names)
            found[roi] = CaseFeatures(keys, np.array(values), "ok", "")
    return found


def cpu(work: Callable[[], dict[str, CaseFeatures]]) -> tuple[float, dict[str, CaseFeatures]]:
    """CPU seconds of a call, and its answer."""
    start = process_time()
    answer = work()
    return process_time() - start, answer


def agreement(fast: dict[str, CaseFeatures], theirs: dict[str, CaseFeatures]) -> str:
    """How many features agree to 1e-6, and the worst of the others with its name."""
    names = [f"{roi} {name}" for roi in theirs for name in theirs[roi].names]
    a, b = (np.concatenate([found[roi].values for roi in theirs]) for found in (fast, theirs))
    undefined = int((np.isnan(a) != np.isnan(b)).sum())
    off = np.nan_to_num(np.abs(a - b) / np.where(b == 0, 1, np.abs(b)))
    beyond = int((off > 1e-6).sum())
    worst = int(off.argmax())
    said = f"{a.size - beyond - undefined} of {a.size}"
    if undefined:
        said += f", {undefined} with another NaN"
    return said if not beyond else f"{said}; worst {names[worst]}: {a[worst]:.3e} for {b[worst]:.3e}"


def field_of_view(case: PreparedCase) -> PreparedCase:
    """The case cut to the encoder's field around the middle of its gland: less for PyRadiomics to work on."""
    middle = np.argwhere(case.masks["gland"] > 0).mean(axis=0)
    cut = tuple(
        slice(start := min(max(round(at - side / 2), 0), max(have - side, 0)), start + side)
        for at, side, have in zip(middle, FIELD, case.masks["gland"].shape, strict=True)
    )
    kept = {"images": {m: np.ascontiguousarray(image[cut]) for m, image in case.images.items()}}
    return replace(case, **kept, masks={roi: np.ascontiguousarray(mask[cut]) for roi, mask in case.masks.items()})


def compared(case: PreparedCase, name: str, repeats: int) -> str:
    """One row of the table: PyRadiomics on the whole image and on the field, and between them the fast engine."""
    chosen, field = settings(name), field_of_view(case)
    seconds: dict[str, list[float]] = {"fast": [], "whole": [], "field": []}

    def timed(work: str, call: Callable[[], dict[str, CaseFeatures]]) -> dict[str, CaseFeatures]:
        spent, answer = cpu(call)
        seconds[work].append(spent)
        return answer

    for _ in range(repeats):
        fast = timed("fast", lambda: extract_rois(case, ROIS, chosen, "fast"))
        theirs = timed("whole", lambda: stock(case, chosen))
        timed("fast", lambda: extract_rois(case, ROIS, chosen, "fast"))
        timed("field", lambda: stock(field, chosen))
        timed("fast", lambda: extract_rois(case, ROIS, chosen, "fast"))
    ours, whole, cropped = (float(np.median(seconds[work])) for work in ("fast", "whole", "field"))
    return (
        f"{whole:.1f} s | {cropped:.1f} s | {ours:.2f} s | {whole / ours:.0f} x | {cropped / ours:.0f} x | "
        f"{agreement(fast, theirs)}"
    )


def tail(case: PreparedCase) -> str:
    """The gland on raw ADC with a fine width: hundreds to thousands of levels."""
    adc = replace(case, images={"ADC": case.images["ADC"]})
    chosen = settings(TAIL)
    ours, fast = cpu(lambda: extract_rois(adc, ["gland"], chosen, "fast"))
    slow, theirs = cpu(lambda: stock(replace(adc, masks={"gland": adc.masks["gland"]}), chosen))
    fast = {roi: replace(found, values=found.values[-837:], names=found.names[-837:]) for roi, found in fast.items()}
    return f"{slow:.0f} s | | {ours:.2f} s | {slow / ours:.0f} x | | {agreement(fast, theirs)}"


def peak(engine: str) -> float:
    """MB of a child process that extracts one patient, less what it holds before."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.radiomics", "--child", engine],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.split()[-1])


def _child(engine: Engine) -> None:
    case = next(iter(patients().values()))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if engine == "fast":
        extract_rois(case, ROIS, settings("binCount 32"))
    else:
        stock(case, settings("binCount 32"))
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


def two_threads(case: PreparedCase) -> float:
    """Throughput of two threads over one, wall time, eight extractions each."""
    chosen = settings("binCount 32")
    spent = []
    for threads in (1, 2):
        with ThreadPoolExecutor(threads) as pool:
            start = perf_counter()
            list(pool.map(lambda _: extract_rois(case, ROIS, chosen), range(8)))
            spent.append(perf_counter() - start)
    return spent[0] / spent[1]


def write(lines: list[str]) -> None:
    """Puts the table between its marks in docs/performance.md."""
    head, _, rest = PAGE.read_text().partition("<!-- radiomics -->")
    _, _, tail_of_page = rest.partition("<!-- /radiomics -->")
    PAGE.write_text(f"{head}<!-- radiomics -->\n{chr(10).join(lines)}\n<!-- /radiomics -->{tail_of_page}")


def main() -> None:
    """Measures, prints, and with --write puts the table into the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=1)
    options.add_argument("--tail", action="store_true", help="also the tail case: minutes of PyRadiomics")
    options.add_argument("--write", action="store_true", help="write docs/performance.md")
    options.add_argument("--child", choices=["fast", "pyradiomics"], help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child:
        return _child(chosen.child)
    if not CASES.is_dir():
        raise SystemExit("The real cases are not here (../shared/data/cases); nothing is measured.")
    cases = patients()
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    lines = [
        f"Measured {when} on {machine}, load {os.getloadavg()[0]:.1f}; CPU seconds of one patient",
        " (T2, DWI, ADC; gland and lesion; 5022 features), one thread, both engines in one process.",
        "",
        "| patient, settings | PyRadiomics, whole image | PyRadiomics, 224 x 224 field | fast | ratio | ratio, field | "
        "agree to 1e-6 |",
        "|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    for patient, case in cases.items():
        for name in SETTINGS:
            lines.append(f"| {patient}, {name} | {compared(case, name, chosen.repeats)} |")
            print(lines[-1], flush=True)
    first = next(iter(cases.values()))
    if chosen.tail:
        lines.append(f"| {TAIL}, gland, 837 features | {tail(first)} |")
        print(lines[-1], flush=True)
    memory = [peak(engine) for engine in ("pyradiomics", "fast")]
    lines.append(f"| peak memory beyond the loaded case | {memory[0]:.0f} MB | | {memory[1]:.0f} MB | | | |")
    lines.append(f"| two threads over one | | | {two_threads(first):.2f} x | | | |")
    print("\n".join(lines[-2:]), flush=True)
    if chosen.write:
        write(lines)
    return None


if __name__ == "__main__":
    main()

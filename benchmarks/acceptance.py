"""`make bar`: measures what pages of docs state (performance, engine, safety), on this machine, and writes them.

Every figure is of a whole process or a whole call on real input; the machine and its load are written beside it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import SimpleITK as sitk

from benchmarks import safety
from benchmarks.page import measured_by, table, write_block

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "cases" / "ProstateX-0001_10795_1000811"
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Figure:
    """One line of the page."""

    work: str
    measured: str
    goal: str


def command(*words: object) -> tuple[float, str]:
    """Run a `radiomiclens` command as a process; return its seconds and output."""
    start = perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "backend.cli.main", *map(str, words)],
        cwd=ROOT,
        env=os.environ | THREADS,
        check=True,
        capture_output=True,
        text=True,
    )
    return perf_counter() - start, done.stdout


def tables(folder: Path, patients: int) -> list[object]:
    """Synthetic tables of K = 2511, d = 768 as files, and the options that name them."""
    from backend.science.synthetic.tables import synth_tables

    drawn = synth_tables(n_patients=patients, seed=1, scenario="planted_all")
    options: list[object] = []
    for name in ("pre", "ft", "radiomics"):
        path = folder / f"{name}-{patients}.parquet"
        getattr(drawn, name).to_parquet(path)
        options += [f"--{name}", path]
    return options


def analyses(folder: Path) -> Iterator[Figure]:
    """`analyze-tables`: the paper block alone, with penalties chosen among 24, and with the trust block."""
    small = tables(folder, 300)
    seconds, _ = command("analyze-tables", *small, "--out", folder / "paper", "--bootstrap", 0)
    yield Figure("`analyze-tables`, N = 300, K = 2511, paper block", f"{seconds:.1f} s", "< 30 s")
    large = tables(folder, 850)
    seconds, _ = command("analyze-tables", *large, "--out", folder / "paper850", "--bootstrap", 0)
    yield Figure("`analyze-tables`, N = 850, K = 2511, paper block", f"{seconds:.1f} s", "< 30 s")
    seconds, _ = command("analyze-tables", *large, "--out", folder / "sweep850", "--bootstrap", 0, "--sweep")
    yield Figure("`analyze-tables --sweep`, N = 850, K = 2511, paper block", f"{seconds:.0f} s", "")
    seconds, _ = command("analyze-tables", *large, "--out", folder / "trust850", "--threads", os.cpu_count() or 1)
    yield Figure("`analyze-tables`, N = 850, K = 2511, 200 replicates", f"{seconds:.0f} s", "< 180 s")


def features(folder: Path) -> Iterator[Figure]:
    """Radiomics of a real gland, the bottleneck."""
    if not REAL.is_dir():
        return
    t2, gland = REAL / "10795_1000811_t2w.mha", REAL / "10795_1000811_gland.nii.gz"
    seconds, _ = command("features", t2, gland, "--out", folder / "features.csv")
    yield Figure("`features`, one modality, gland, native grid (837 features)", f"{seconds:.1f} s", "")


def cached(folder: Path) -> Iterator[Figure]:
    """The same request a second time, answered from the store."""
    data = ("--data-dir", folder / "data")
    names = ("--cohort", "bar", "--task", "pirads", "--roi", "gland")
    command("import", "tables", *names, *tables(folder, 120), *data)
    words = ("analyze", "bar", "--task", "pirads", "--roi", "gland", "--hidden", 32, "--wait", *data)
    first, _ = command(*words)
    second, _ = command(*words)
    yield Figure("`analyze --wait`, N = 120, first run", f"{first:.1f} s", "")
    yield Figure("`analyze --wait`, the same again (whole process)", f"{second:.1f} s", "< 2 s in the job")


def start_up(folder: Path) -> Iterator[Figure]:
    """Commands that should answer at once; extracting so few voxels measures the start of the process only."""
    for name in ("features", "analyze-tables", "jobs"):
        seconds, _ = command(name, "--help")
        yield Figure(f"`{name} --help`", f"{seconds:.1f} s", "< 1.5 s")
    paths = [folder / f"tiny-{kind}.nii.gz" for kind in ("image", "mask")]
    image, mask = np.random.default_rng(1).random((12, 24, 24)) * 200, np.zeros((12, 24, 24), dtype=np.uint8)
    mask[4:8, 8:16, 8:16] = 1
    sitk.WriteImage(sitk.GetImageFromArray(image.astype(np.float32)), str(paths[0]))
    sitk.WriteImage(sitk.GetImageFromArray(mask), str(paths[1]))
    seconds, _ = command("features", *paths, "--out", folder / "tiny.csv")
    yield Figure("`features`, 256 voxels (837 features)", f"{seconds:.1f} s", "< 1.5 s")


def main() -> None:
    """Measure, print and write the pages."""
    said = measured_by("make bar")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for figure in [*start_up(folder), *features(folder), *analyses(folder), *cached(folder)]:
            rows.append([figure.work, figure.measured, figure.goal])
            print(" | ".join(rows[-1]), flush=True)
    write_block("performance.md", "bar", f"{said}\n\n{table(['work', 'measured', 'goal'], rows)}")
    if REAL.is_dir():
        subprocess.run([sys.executable, "-m", "benchmarks.radiomics", "--write"], cwd=ROOT, check=True)
        subprocess.run([sys.executable, "-m", "benchmarks.engine", "--draws", "2000", "--write"], cwd=ROOT, check=True)
    safety.measure(list(safety.ROWS), safety.SEED)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()

"""`make bar`: measures what docs/performance.md and docs/safety.md state, on this machine, and writes the pages.

Every figure is a whole process or a whole call on real input; the machine and the load before the run stand beside it.
"""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from benchmarks import safety

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
REAL = ROOT.parent / "shared" / "data" / "cases" / "ProstateX-0001_10795_1000811"
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Figure:
    """One line of the page."""

    work: str
    measured: str
    goal: str


def command(*words: object) -> tuple[float, str]:
    """Seconds of a `radiomiclens` command as a whole process, and what it printed."""
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
    """`analyze-tables`: the paper block alone, and with the trust block."""
    small = tables(folder, 300)
    seconds, _ = command("analyze-tables", *small, "--out", folder / "paper", "--bootstrap", 0)
    yield Figure("`analyze-tables`, N = 300, K = 2511, paper block", f"{seconds:.1f} s", "< 30 s")
    large = tables(folder, 850)
    seconds, _ = command("analyze-tables", *large, "--out", folder / "paper850", "--bootstrap", 0)
    yield Figure("`analyze-tables`, N = 850, K = 2511, paper block", f"{seconds:.1f} s", "< 30 s")
    seconds, _ = command("analyze-tables", *large, "--out", folder / "trust850", "--threads", os.cpu_count() or 1)
    yield Figure("`analyze-tables`, N = 850, K = 2511, 200 replicates", f"{seconds:.0f} s", "< 180 s")


def features(folder: Path) -> Iterator[Figure]:
    """Radiomics of a real gland, the bottleneck."""
    if not REAL.is_dir():
        return
    t2, gland = REAL / "10795_1000811_t2w.mha", REAL / "10795_1000811_gland.nii.gz"
    seconds, _ = command("features", t2, gland, "--out", folder / "features.csv")
    yield Figure("`features`, one modality, gland, native grid (837 features, PyRadiomics)", f"{seconds:.1f} s", "")


def cached(folder: Path) -> Iterator[Figure]:
    """The same request again is answered from the store."""
    data = ("--data-dir", folder / "data")
    names = ("--cohort", "bar", "--task", "pirads", "--roi", "gland")
    command("import", "tables", *names, *tables(folder, 120), *data)
    words = ("analyze", "bar", "--task", "pirads", "--roi", "gland", "--hidden", 32, "--wait", *data)
    first, _ = command(*words)
    second, _ = command(*words)
    yield Figure("`analyze --wait`, N = 120, first run", f"{first:.1f} s", "")
    yield Figure("`analyze --wait`, the same again (whole process)", f"{second:.1f} s", "< 2 s in the job")


def start_up() -> Iterator[Figure]:
    """Commands that should answer at once."""
    for name in ("features", "analyze-tables", "jobs"):
        seconds, _ = command(name, "--help")
        yield Figure(f"`{name} --help`", f"{seconds:.1f} s", "< 1.5 s")


def main() -> None:
    """Measures, prints and writes the page."""
    load = os.getloadavg()[0]
    lines = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for figure in [*start_up(), *features(folder), *analyses(folder), *cached(folder)]:
            lines.append(f"| {figure.work} | {figure.measured} | {figure.goal} |")
            print(lines[-1], flush=True)
    head, _, tail = PAGE.read_text().partition("<!-- bar -->")
    _, _, rest = tail.partition("<!-- /bar -->")
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, load {load:.1f}"
    table = "\n".join(
        [
            "",
            f"Measured {when} by `make bar` on {machine}.",
            "",
            "| work | measured | goal |",
            "|---|---|---|",
            *lines,
            "",
        ]
    )
    PAGE.write_text(f"{head}<!-- bar -->{table}<!-- /bar -->{rest}")
    safety.measure(list(safety.ROWS), safety.SEED)


if __name__ == "__main__":
    main()

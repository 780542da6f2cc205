"""`python -m benchmarks.scale`: a cohort of 20 000 studies, every row of docs/scale.md; writes its figures.

Tables of 2511 features and two embeddings of 768 dimensions are drawn, imported by the command line, checked, backed up
and restored, and read by API and pages. While the import runs, another process asks for the database's write lock all
the time: its longest wait is what others would feel. `--studies N` for another size, `--analyses` for the lens too.
"""

import argparse
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from backend.science.synthetic.names import feature_list
from benchmarks import scale_reads
from benchmarks.acceptance import ROOT, THREADS
from benchmarks.page import measured_by, table, write_block

DIMENSIONS = 768
BEFORE = {
    "import": "fails after 382 s",
    "lock": "54 s",
    "check": "113.9 s, 94 MB",
    "backup": "22.0 s, 84 MB",
    "restore": "14.9 s, 811 MB",
}
"""At 20 000 studies, on 30 November, version 0.2.0."""


@dataclass(frozen=True)
class Spent:
    """What a command took: seconds by the clock, seconds of processors, most memory in MB."""

    wall: float
    cpu: float
    peak: float

    def __str__(self) -> str:
        return f"{self.wall:.1f} s ({self.cpu:.1f} s of processors), {self.peak:.0f} MB"


def spent(*words: object) -> Spent:
    """Run a `radiomiclens` command as a process; its memory is that of the largest of it and its children."""
    begun, peak = perf_counter(), 0.0
    started = [sys.executable, "-m", "backend.cli.main", *map(str, words)]
    before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    with subprocess.Popen(started, cwd=ROOT, env=os.environ | THREADS, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, _largest(process.pid))
            sleep(0.1)
    assert process.returncode == 0, f"{words[0]} ended with {process.returncode}"
    cpu = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before
    return Spent(perf_counter() - begun, cpu, peak)


def _largest(pid: int) -> float:
    """Megabytes of the largest of a process and its children, so far."""
    sizes = [0.0]
    with suppress(psutil.Error, OSError):
        for one in (root := psutil.Process(pid), *root.children(recursive=True)):
            status = Path(f"/proc/{one.pid}/status").read_text()
            sizes += [int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith("VmHWM")]
    return max(sizes)


def draw(folder: Path, n: int) -> list[object]:
    """Tables of `n` studies of nine tenths as many patients; the options that name them."""
    rng = np.random.default_rng(0)
    ids = pd.DataFrame(
        {"study_id": [f"S{k:06d}" for k in range(n)], "patient_id": [f"P{k * 9 // 10:06d}" for k in range(n)]}
    )
    names = [one.column for one in feature_list(837)]
    inside = rng.normal(size=(n, 16))
    drawn = {
        "pre": (rng.normal(size=(n, DIMENSIONS)), [f"e{k:03d}" for k in range(DIMENSIONS)]),
        "ft": (rng.normal(size=(n, DIMENSIONS)), [f"e{k:03d}" for k in range(DIMENSIONS)]),
        "radiomics": (np.exp(inside @ rng.normal(size=(16, len(names))) / 4 + rng.normal(size=(n, len(names)))), names),
    }
    options: list[object] = []
    for name, (values, columns) in drawn.items():
        numbers = {column: values[:, k] for k, column in enumerate(columns)}
        frame = pa.table({"study_id": ids["study_id"], "patient_id": ids["patient_id"], **numbers})
        pq.write_table(frame, folder / f"{name}.parquet")
        options += [f"--{name}", folder / f"{name}.parquet"]
    clinical = ids.assign(
        pirads=1 + np.arange(n) % 5,
        psa=rng.lognormal(2, 0.5, n).round(1),
        age=50 + np.arange(n) % 30,
        center=[f"centre {k % 9}" for k in range(n)],
        isup=np.arange(n) % 6,
    )
    clinical.to_csv(folder / "clinical.csv", index=False)
    return [*options, "--clinical", folder / "clinical.csv"]


class OtherWriter(threading.Thread):
    """Asks for the write lock again and again; `longest` is the longest wait in seconds."""

    def __init__(self, database: Path) -> None:
        super().__init__(daemon=True)
        self._database, self._ended, self.longest, self.asked = database, threading.Event(), 0.0, 0

    def run(self) -> None:
        with closing(sqlite3.connect(self._database, timeout=120, isolation_level=None)) as connection:
            while not self._ended.wait(0.02):
                begun = perf_counter()
                connection.execute("BEGIN IMMEDIATE")
                self.longest, self.asked = max(self.longest, perf_counter() - begun), self.asked + 1
                connection.execute("ROLLBACK")

    def stop(self) -> None:
        """Ends it."""
        self._ended.set()
        self.join()


def commands(folder: Path, n: int) -> list[list[str]]:
    """Import, check, backup and restore of `n` studies."""
    data, archive = folder / "data", folder / "all.tar"
    options = draw(folder, n)
    spent("db", "upgrade", "--data-dir", data)
    writer = OtherWriter(data / "radiomiclens.sqlite")
    writer.start()
    imported = spent("import", "tables", "--cohort", "large", *options, "--data-dir", data)
    writer.stop()
    size = (data / "radiomiclens.sqlite").stat().st_size
    before = BEFORE if n == 20_000 else dict.fromkeys(BEFORE, "")
    per = f"{size / 1e6:.0f} MB, {size / n / 1e3:.1f} kB a study"
    return [
        ["`import tables`", before["import"], str(imported), "< 180 s"],
        [
            "longest wait for the write lock meanwhile",
            before["lock"],
            f"{writer.longest:.2f} s of {writer.asked}",
            "< 2 s",
        ],
        ["database", "749 MB, 37.5 kB a study" if n == 20_000 else "", per, ""],
        ["`db check`", before["check"], str(spent("db", "check", "--data-dir", data)), ""],
        ["`backup`", before["backup"], str(spent("backup", archive, "--data-dir", data)), "flat memory"],
        ["`restore`", before["restore"], str(spent("restore", archive, "--data-dir", folder / "again")), "flat memory"],
    ]


def analyses(folder: Path) -> list[list[str]]:
    """The lens on files: paper's block alone, and with the trust block, by the number of studies."""
    found = []
    for n in (1000, 2000, 5000):
        part = folder / f"lens-{n}"
        part.mkdir()
        options = draw(part, n)[:6]
        for name, more in (("paper's block", ("--paper-only",)), ("with the trust block", ())):
            out = part / name[:5]
            took = spent("analyze-tables", *options, "--out", out, "--epochs", 20, "--threads", 1, *more)
            found.append([f"N = {n}", name, str(took)])
            print(found[-1], flush=True)
    return found


def main(n: int, lens: bool) -> None:
    """Measure, print and write the marked blocks of the page about scale."""
    how = measured_by("python -m benchmarks.scale")
    with tempfile.TemporaryDirectory(prefix="radiomiclens-scale-") as name:
        folder = Path(name)
        rows = commands(folder, n)
        print(*rows, sep="\n", flush=True)
        scale_reads.add_map(folder / "data")
        rows += scale_reads.answers(folder / "data", n)
        rows += scale_reads.pages(folder / "data", n)
        print(*rows, sep="\n", flush=True)
        write_block("scale.md", "figures", how + "\n\n" + table([f"at {n} studies", "before", "now", "goal"], rows))
        if lens:
            head = ["K = 2511, d = 768, 20 epochs, 1 thread", "`analyze-tables`", "took"]
            write_block("scale.md", "lens", how + "\n\n" + table(head, analyses(folder)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=20_000)
    parser.add_argument("--analyses", action="store_true", help="measure the lens at 1000, 2000 and 5000 studies too")
    asked = parser.parse_args()
    main(asked.studies, asked.analyses)

"""A cohort of real size from files to features in the database: `python -m benchmarks.cohort` prints the table.

20 synthetic studies on a clinical T2 grid (384 x 384 x 19 voxels of 0.5 x 0.5 x 3 mm) are drawn (not timed), imported,
extracted (gland and lesion, 3 modalities) by one and by two workers, killed in the middle and resumed, and extracted
again. `--write` puts the table into docs/performance.md. Every step is a whole `radiomiclens` process.
"""

import argparse
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

from benchmarks.page import measured_by, table, write_block

ROOT = Path(__file__).parents[1]
COHORT = "bench"
PATIENTS = 1878
"""Patients of the paper."""
SIZE, SPACING = (384, 384, 19), (0.5, 0.5, 3.0)
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Run:
    """Run of a whole command: wall-clock and CPU seconds (children included), and the job it printed."""

    wall: float
    cpu: float
    job: dict[str, Any]


def command(data: Path, *words: object, **environment: object) -> Run:
    """Run `radiomiclens ... --json` to its end."""
    start, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "backend.cli.main", *map(str, words), "--json", "--data-dir", data],
        cwd=ROOT,
        env=os.environ | THREADS | {f"RADIOMICLENS_{k.upper()}": str(v) for k, v in environment.items()},
        check=True,
        capture_output=True,
        text=True,
    )
    after = getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(time.perf_counter() - start, cpu, json.loads(done.stdout))


def extract(data: Path, workers: int, executor: str) -> Run:
    return command(data, "extract", COHORT, "--wait", workers=workers, executor=executor)


def features(data: Path) -> dict[tuple[str, str], str]:
    """Hash of the features of every region that has features."""
    with closing(sqlite3.connect(data / "radiomiclens.sqlite")) as connection:
        rows = connection.execute(
            'SELECT study_id, roi, "values" FROM radiomics JOIN cases ON cases.id = case_id WHERE "values" IS NOT NULL'
        )
        return {(study, roi): hashlib.sha256(blob).hexdigest() for study, roi, blob in rows}


def _job_seconds(data: Path, kind: str) -> float:
    """Duration of the only job of a kind, without the start of its command."""
    with closing(sqlite3.connect(data / "radiomiclens.sqlite")) as connection:
        ((result,),) = connection.execute("SELECT result FROM jobs WHERE kind = ?", (kind,))
    return float(json.loads(result)["seconds"])


def forget(data: Path) -> None:
    """Delete the extracted features."""
    with closing(sqlite3.connect(data / "radiomiclens.sqlite")) as connection:
        connection.execute("DELETE FROM radiomics")
        connection.commit()


def extracting(data: Path, workers: int, executor: str) -> subprocess.Popen[bytes]:
    """Start an extraction as a separate process."""
    environment = {"RADIOMICLENS_WORKERS": str(workers), "RADIOMICLENS_EXECUTOR": executor}
    return subprocess.Popen(
        [sys.executable, "-m", "backend.cli.main", "extract", COHORT, "--wait", "--json", "--data-dir", data],
        cwd=ROOT,
        env=os.environ | THREADS | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def killed(data: Path, workers: int, executor: str, after: int) -> int:
    """Start an extraction, kill all its processes with -9 once `after` regions are there; how many were kept."""
    process = extracting(data, workers, executor)
    while len(features(data)) < after:
        assert process.poll() is None, "the extraction ended before it could be killed"
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)  # its job process sees the end of stdin and kills its process group
    process.wait()
    time.sleep(2)
    return len(features(data))


def measure(folder: Path, cases: int, executor: str) -> Iterator[list[str]]:
    """The lines of the table."""
    from backend.science.synthetic.cohort import write_cohort

    rows = write_cohort(folder / "studies", cases, 1, spacing=SPACING, size=SIZE)
    lesions = sum(float(row["lesion_ml"] or 0) > 0 for row in rows)
    data = folder / "data"
    imported = command(data, "import", "cases", folder / "studies", "--cohort", COHORT)
    seconds = _job_seconds(data, "import_cases")
    yield line(f"import, {cases} studies", imported, cases, "")
    one = extract(data, 1, executor)
    first = features(data)
    assert (one.job["result"]["failed"], len(first)) == (0, cases + lesions)
    yield line(f"extraction, 1 worker, {cases} glands and {lesions} lesions", one, cases, "")
    forget(data)
    two = extract(data, 2, executor)
    assert features(data) == first, "two workers computed something else than one"
    yield line("extraction, 2 workers", two, cases, "")
    faster = one.job["result"]["seconds"] / two.job["result"]["seconds"]
    yield ["throughput, 2 workers against 1", f"{faster:.2f} x", "", "", "≥ 1.6 x"]
    again = extract(data, 2, executor)
    assert again.job["result"]["reused"] == len(first)
    took = f"{again.job['result']['seconds']:.2f} s in the job"
    yield ["the same again, from the cache", f"{again.wall:.1f} s whole process", took, "", "< 2 s in the job"]
    forget(data)
    kept = killed(data, 2, executor, len(first) // 3)
    resumed = extract(data, 2, executor)
    assert features(data) == first, "a killed and resumed extraction ended with other features"
    said = f"{kept} kept, features bit-identical"
    yield [
        f"killed with -9 after {kept} of {len(first)} regions, resumed",
        f"{resumed.wall:.1f} s",
        said,
        "",
        "none lost",
    ]
    each = two.job["result"]["seconds"] / cases
    yield [f"{PATIENTS} patients, extraction, 2 workers", minutes(each), "extrapolated", "", "< 15 min"]
    whole = each + seconds / cases
    yield [f"{PATIENTS} patients, files to features", minutes(whole), "extrapolated", "", "< 15 min"]


def line(what: str, run: Run, cases: int, goal: str) -> list[str]:
    return [what, f"{run.wall:.1f} s", f"{run.wall / cases:.2f} s a study", f"{run.cpu / cases:.2f} s a study", goal]


def minutes(seconds_each: float) -> str:
    return f"{seconds_each * PATIENTS / 60:.1f} min"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=20)
    options.add_argument("--executor", default="local", help="local or dask")
    options.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    chosen = options.parse_args()
    said = measured_by(f"python -m benchmarks.cohort --cases {chosen.cases} --executor {chosen.executor}")
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for cells in measure(Path(folder), chosen.cases, chosen.executor):
            lines.append(cells)
            print(" | ".join(cells), flush=True)
    if chosen.write:
        head = ["work", "wall clock", "a study", "CPU", "goal"]
        write_block("performance.md", "cohort", f"{said}\n\n{table(head, lines)}")


if __name__ == "__main__":
    main()

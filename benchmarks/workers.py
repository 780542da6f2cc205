"""Extraction by one, two, four and eight dask workers: `python -m benchmarks.workers [--studies 96] [--save FILE]`.

Synthetic studies on a clinical T2 grid (384 x 384 x 19 voxels) are drawn and stored (not timed), then extracted
(gland and lesion, 3 modalities) by `radiomiclens extract` on dask workers of one thread each, as a whole process. The
rate is measured at full load: from when every worker has done two studies until the last few or the time limit, so
neither the start of the workers nor idle ones at the end count. `--write` puts the table into docs/performance.md,
`--from FILE --write` that of another machine.
"""

import argparse
import shutil
import signal
import sqlite3
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from itertools import chain
from pathlib import Path

import SimpleITK as sitk

from backend.models import Case, Cohort
from backend.science.synthetic.cohort import write_cohort
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, upgrade
from backend.storage.volumes import put_volumes
from benchmarks.cohort import COHORT, SIZE, SPACING, extracting
from benchmarks.cuda import Figures, Table
from benchmarks.page import measured_by, write_block

WORKERS = (1, 2, 4, 8)
GOAL = 0.85
DRAWN_BY = 8
POLL_S = 0.01
IMAGES = {"T2": "t2w", "DWI": "hbv", "ADC": "adc"}
HEAD = ["dask workers, one thread each", "studies a minute", "against one", "of linear", "studies timed"]


def prepared(folder: Path, studies: int) -> Path:
    """Make a data folder with a cohort of some number of studies, drawn in parallel."""
    data = folder / "data"
    settings = Settings(data_dir=data)
    upgrade(settings)
    each = -(-studies // DRAWN_BY)
    with ProcessPoolExecutor(DRAWN_BY) as pool:
        parts = list(pool.map(drawn, [folder / f"part{n}" for n in range(DRAWN_BY)], [each] * DRAWN_BY))
    database = Database(settings)
    with database.write() as session:
        cohort = Cohort(name=COHORT, kind="images")
        session.add(cohort)
        session.flush()
        for case in chain.from_iterable(parts):
            case.cohort_id = cohort.id
            session.add(case)
    database.close()
    return data


def drawn(folder: Path, studies: int) -> list[Case]:
    """Some studies under a seed and patient ids of their own, their voxels in the store."""
    number, files = folder.name.removeprefix("part"), BlobStore(folder.parent / "data" / "files")
    cases = []
    for row in write_cohort(folder, studies, 1 + int(number), spacing=SPACING, size=SIZE):
        patient, study = number + str(row["patient_id"]), f"{row['patient_id']}_{row['study_id']}"
        stem = folder / str(row["patient_id"]) / study
        images = {kind: sitk.ReadImage(f"{stem}_{name}.mha") for kind, name in IMAGES.items()}
        masks = {roi: sitk.ReadImage(f"{stem}_{roi}.nii.gz") for roi in ("gland", "lesion")}
        cases.append(
            Case(
                study_id=number + study,
                patient_id=patient,
                gland_ml=float(row["volume_ml"] or 0),
                lesion_ml=float(row["lesion_ml"] or 0),
                volumes=put_volumes(files, images, masks, {}),
            )
        )
    return cases


def copied(data: Path, to: Path) -> Path:
    """Copy the data folder: its own database, the same files."""
    shutil.copytree(data, to, ignore=lambda _, names: [name for name in names if name == "files"])
    (to / "files").symlink_to(data / "files")
    return to


def rate(data: Path, workers: int, studies: int, seconds: float) -> tuple[float, int]:
    """Studies per minute at full load, and the number of studies measured."""
    process = extracting(data, workers, "dask")
    first: tuple[float, int] | None = None
    last = (0.0, 0)
    try:
        while last[1] < studies - workers:
            assert process.poll() is None, "the extraction ended before it was measured"
            now, count = time.perf_counter(), done(data)
            if count > last[1]:
                last = (now, count)
            if first is None and count >= 2 * workers:
                first = last
            if first is not None and now - first[0] > seconds:
                break
            time.sleep(POLL_S)
    finally:
        process.send_signal(signal.SIGKILL)  # its job process sees the end of stdin and kills its process group
        process.wait()
    assert first is not None
    return 60 * (last[1] - first[1]) / (last[0] - first[0]), last[1] - first[1]


def done(data: Path) -> int:
    """Studies with features so far."""
    with closing(sqlite3.connect(data / "radiomiclens.sqlite", timeout=30)) as connection:
        ((count,),) = connection.execute('SELECT count(DISTINCT case_id) FROM radiomics WHERE "values" IS NOT NULL')
    return int(count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=96)
    parser.add_argument("--workers", type=int, nargs="+", default=WORKERS)
    parser.add_argument("--seconds", type=float, default=12.0, help="longest time in full swing")
    parser.add_argument("--save", type=Path, help="keep the figures in this file")
    parser.add_argument("--from", type=Path, dest="saved", help="take the figures of this file instead of measuring")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    if given.saved is not None:
        figures = Figures.load(given.saved)
    else:
        figures = Figures(measured_by("python -m benchmarks.workers"), [Table(HEAD, [])])
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            start = time.perf_counter()
            data = prepared(Path(folder), given.studies)
            print(f"drawn and stored in {time.perf_counter() - start:.0f} s", flush=True)
            one = 0.0
            for workers in given.workers:
                speed, counted = rate(copied(data, Path(folder) / f"w{workers}"), workers, given.studies, given.seconds)
                one = one or speed / workers
                share = speed / one / workers
                figures.tables[0].rows.append(
                    [str(workers), f"{speed:.1f}", f"{speed / one:.2f} x", f"{share:.0%}", str(counted)]
                )
                print(" | ".join(figures.tables[0].rows[-1]), flush=True)
                if given.save is not None:
                    figures.save(given.save)
    if given.write:
        write_block("performance.md", "workers", str(figures))


if __name__ == "__main__":
    main()

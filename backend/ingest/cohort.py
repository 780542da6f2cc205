"""A folder of studies, in order, the next ones read ahead; one that cannot be read never stops the others."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from backend.ingest.clinical import ClinicalTable, read_clinical
from backend.ingest.guard import Limits, resolve
from backend.ingest.layouts import plan
from backend.ingest.plans import Layout, Plan
from backend.ingest.study import Accepted, Choices, Reading, Rejected, read_or_reject

CLINICAL_NAMES = ("clinical.csv", "marksheet.csv")


def ingest(
    path: Path,
    layout: Layout = "auto",
    clinical: Path | None = None,
    spacing: tuple[float, float, float] = (0.5, 0.5, 1.0),
    allowed_roots: Sequence[Path] | None = None,
    limits: Limits | None = None,
    choices: Choices | None = None,
) -> Iterator[Accepted | Rejected]:
    """Reads every study below `path`, in order of their ids; `spacing` is x, y, z in mm.

    Without `clinical`, a clinical.csv or marksheet.csv directly in `path` is taken. `allowed_roots` defaults to `path`.
    Raises a Refusal before the first study where the folder or the clinical table itself cannot be used.
    """
    roots = [path] if allowed_roots is None else list(allowed_roots)
    root = resolve(path, roots)
    table = _clinical_table(root, clinical)
    planned = plan(root, layout)
    return ingest_plan(planned, Reading(table, spacing, roots, planned.masks_expected, limits, choices or Choices()))


def ingest_plan(planned: Plan, how: Reading, workers: int = 1) -> Iterator[Accepted | Rejected]:
    """`ingest` for a plan already made, or for the part of one that is left; for progress, its length is known.

    While the caller keeps one study, up to `workers` of the next are read, each file by a child process of its own.
    """
    pool = ThreadPoolExecutor(workers)
    try:
        ahead: deque[Future[Accepted | Rejected]] = deque()
        for case in planned.cases:
            ahead.append(pool.submit(read_or_reject, case, how))
            if len(ahead) > workers:  # a prepared study takes 100 MB: no more than these
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _clinical_table(root: Path, clinical: Path | None) -> ClinicalTable | None:
    if clinical is not None:
        return read_clinical(clinical)
    beside = next((root / name for name in CLINICAL_NAMES if (root / name).is_file()), None)
    return read_clinical(beside) if beside else None

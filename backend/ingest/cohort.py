"""A folder of studies, in order, the next ones read ahead; one that cannot be read never stops the others."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

from backend.ingest.clinical import ClinicalTable, read_clinical
from backend.ingest.guard import Limits, resolve
from backend.ingest.layouts import plan
from backend.ingest.plans import Layout, Plan, PlannedCase
from backend.ingest.reading import Reader
from backend.ingest.side_files import beside
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

    While the caller keeps one study, up to `workers` of the next are read, each by a limited child process of its own.
    """
    readers: SimpleQueue[Reader] = SimpleQueue()

    def read(case: PlannedCase) -> Accepted | Rejected:
        reader = readers.get()
        try:
            return read_or_reject(case, how, reader)
        finally:
            readers.put(reader)

    with ExitStack() as stack:
        for _ in range(workers):
            readers.put(stack.enter_context(Reader()))
        pool = ThreadPoolExecutor(workers)
        stack.callback(pool.shutdown, cancel_futures=True)
        ahead: deque[Future[Accepted | Rejected]] = deque()
        for case in planned.cases:
            ahead.append(pool.submit(read, case))
            if len(ahead) > workers:  # a study takes tens of MB: no more than these
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _clinical_table(root: Path, clinical: Path | None) -> ClinicalTable | None:
    if clinical is not None:
        return read_clinical(clinical)
    found = beside(root, CLINICAL_NAMES)
    return read_clinical(found) if found else None

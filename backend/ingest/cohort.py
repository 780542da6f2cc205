"""Reads a folder of studies in order, the next ones ahead; a study that cannot be read does not stop the others."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from backend.ingest.clinical import ClinicalTable, read_clinical
from backend.ingest.layouts.detect import plan
from backend.ingest.layouts.planned_case import Layout, Plan, PlannedCase
from backend.ingest.layouts.side_files import beside
from backend.ingest.sandbox.read_images import Limits, resolve
from backend.ingest.sandbox.sandbox_client import Reader
from backend.ingest.study import Accepted, Choices, Reading, Rejected, read_or_reject
from backend.science.compute.prefetch import in_order

T = TypeVar("T")
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
    """`ingest` for a plan already made, or for a part of one."""
    return read_ahead(planned.cases, lambda case, reader: read_or_reject(case, how, reader), workers)


def read_ahead(cases: Sequence[PlannedCase], read: Callable[[PlannedCase, Reader], T], workers: int) -> Iterator[T]:
    """`read(case, reader)` of every case, in their order; `workers` are read at once while the caller keeps another.

    Each worker is a thread with a reader process of its own. An exception of `read` ends the iteration.
    """
    readers: SimpleQueue[Reader] = SimpleQueue()

    def call(case: PlannedCase) -> T:
        reader = readers.get()
        try:
            return read(case, reader)
        finally:
            readers.put(reader)

    with ExitStack() as stack:
        for _ in range(workers):
            readers.put(stack.enter_context(Reader()))
        yield from in_order(call, cases, workers)


def _clinical_table(root: Path, clinical: Path | None) -> ClinicalTable | None:
    if clinical is not None:
        return read_clinical(clinical)
    found = beside(root, CLINICAL_NAMES)
    return read_clinical(found) if found else None

"""The extraction job: radiomics of every accepted case, one task per case, each result stored at once.

Only this process writes to the database. A case that fails as a whole is tried again region by region, so that a gland
too large for the limits does not prevent the features of its lesion.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from time import monotonic
from typing import Any

from backend.errors import RadiomicLensError
from backend.jobs import queue
from backend.jobs.compute import measure_case
from backend.jobs.compute.executors import ClusterLost
from backend.jobs.compute.measure_case import Measured, MeasuredSpace, Order
from backend.jobs.context import JobContext
from backend.jobs.data.cohorts import accepted, cohort_of
from backend.jobs.data.radiomics_rows import RadiomicsRows, Work
from backend.science.radiomics.parameters.settings import RadiomicsSettings, settings_from
from backend.science.text_format import counted
from backend.storage.cache_keys import IMAGES
from backend.storage.cohort_protocol import protocol_of
from backend.storage.volumes import stored
from shared.schemas import ExtractParams
from shared.schemas.protocol import Protocol

Answer = dict[str, Measured]


def run(context: JobContext, params: ExtractParams) -> dict[str, Any]:
    """Measure what is not cached yet. A region that cannot be measured gets a failed row with the reason."""
    start = monotonic()
    settings = settings_from(params.settings, params.yaml, shape=params.shape)
    with context.database.write() as session:
        cases = accepted(session, params.cohort_id)
        space = _space(protocol_of(cohort_of(session, params.cohort_id)))
        rows = RadiomicsRows(session, settings, space)
        drawn = [Work(case, rois) for case in cases if (rois := rows.drawn(case, params.rois))]
        todo = [Work(work.case, rois) for work in drawn if (rois := rows.unsettled(work))]
    total, units = (sum(len(work.rois) for work in works) for works in (drawn, todo))
    tally = _Tally(context, settings, space, reused=total - units, total=total)
    context.progress("measuring radiomics", tally.done, total)
    context.log(
        f"{counted(total, 'region')} in {counted(len(cases), 'study', 'studies')}; "
        f"features are there already of {total - units}."
    )
    if todo:
        tally.measure(todo)
    return {
        "regions": total,
        "reused": total - units,
        "failed": tally.failed,
        "settings_hash": settings.settings_hash,
        "units": units,
        "seconds": monotonic() - start,
    }


def _space(protocol: Protocol) -> MeasuredSpace | None:
    """Where the features of another protocol are measured; None is the prostate's, as in every version."""
    if protocol.is_prostate:
        return None
    grid = protocol.grid
    return MeasuredSpace(protocol.modality_names, protocol.reference, grid.spacing_mm, grid.orientation)


class _Tally:
    """Stores the results and counts them."""

    def __init__(
        self, context: JobContext, settings: RadiomicsSettings, space: MeasuredSpace | None, reused: int, total: int
    ) -> None:
        self.context, self.settings, self.space = context, settings, space
        self.done, self.total, self.failed = reused, total, 0
        self._said: set[str] = set()

    def measure(self, todo: Sequence[Work]) -> None:
        """Measure every case once; then, region by region, those that failed as a whole."""
        with self.context.case_executor() as executor:
            singly: list[Work] = []
            for work, future in executor.sliding(todo, self._call):
                answer, problem = _outcome(future)
                if answer is None and len(work.rois) > 1:
                    singly += [Work(work.case, (roi,)) for roi in work.rois]
                else:
                    self._keep(work, answer, problem)
            for work, future in executor.sliding(singly, self._call):
                self._keep(work, *_outcome(future))

    def _call(self, work: Work) -> tuple[Callable[..., Answer], tuple[Any, ...]]:
        images = self.space.modalities if self.space else IMAGES
        volumes = tuple(stored(volume) for volume in work.case.volumes if volume.kind in (*images, *work.rois))
        source = self.context.voxels([volume.sha256 for volume in volumes])
        return measure_case.measure, (
            source,
            Order(*(volumes, work.rois, self.settings, self.settings.settings_hash, self.space)),
        )

    def _keep(self, work: Work, answer: Answer | None, problem: str) -> None:
        """Write the rows of a case and the job's progress in one transaction."""
        reasons = {}
        with self.context.database.write() as session:
            rows = RadiomicsRows(session, self.settings, self.space)
            for roi in work.rois:
                row = rows.write(work.case, roi, None if answer is None else answer[roi], problem)
                if row.status != "ok":
                    reasons[roi] = row.reason
            queue.saved(session, self.context.job_id)
        for fallback in {one.fallback for one in (answer or {}).values()} - self._said - {""}:
            self._said.add(fallback)
            self.context.log(f"{fallback[0].upper()}{fallback[1:]}.")
        for roi, reason in reasons.items():
            self.context.log(f"Study {work.case.study_id}, {roi}: {reason}", "warning")
        self.failed += len(reasons)
        self.done += len(work.rois)
        self.context.progress("measuring radiomics", self.done, self.total)


def _outcome(future: Future[Answer]) -> tuple[Answer | None, str]:
    """The result, or the reason why there is none; a lost cluster ends the job, which resumes when retried."""
    try:
        return future.result(), ""
    except ClusterLost:
        raise
    except RadiomicLensError as error:
        return None, error.sentence
    except Exception as error:  # one case must not stop the others; the text may contain names
        return None, f"Its computation failed ({type(error).__name__})."

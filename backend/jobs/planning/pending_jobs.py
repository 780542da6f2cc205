"""What the jobs that a request waits for will make, however far back."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.errors import NotFound
from backend.jobs.planning.products import Product
from backend.jobs.registry import KINDS
from backend.models import Job


class PendingJobs:
    """The jobs in `after` and all jobs those wait for, as far as they are not done.

    Raises NotFound where a job in `after` does not exist.
    """

    def __init__(self, session: Session, after: Sequence[str]) -> None:
        found: dict[str, Job] = {}
        waiting = list(after)
        while waiting:
            job_id = waiting.pop()
            job = session.get(Job, job_id)
            if job is None:
                raise NotFound(f"There is no job {job_id[:40]!r} to wait for; the Jobs page lists them all.")
            if job_id not in found:
                found[job_id] = job
                waiting += job.depends_on
        self._jobs = [job for job in found.values() if job.state != "done"]

    def make(self, products: tuple[Product, ...], cohort_id: str, **params: object) -> bool:
        """Whether one of the jobs, with these parameters, will make one of the products for the cohort."""
        return any(
            not KINDS[job.kind].makes.isdisjoint(products)
            and cohort_id in (job.params.get("cohort_id"), job.result.get("cohort_id"))
            and all(job.params.get(name) == value for name, value in params.items())
            for job in self._jobs
        )

"""Who works on a job: the worker and the moment that it took it, which no other start of the job shares.

A worker can lose a job without noticing: its host was cut off, and another host took the job over. Whatever it does
with the row, and whatever its job's process writes, so asks first whether the claim still holds. Writers are alone in
the database, so the answer is true until their transaction ends.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Text, select, type_coerce
from sqlalchemy.orm import Session

from backend.errors import LostClaim, NotFound
from backend.models import Job


@dataclass(frozen=True, slots=True)
class Claim:
    """One start of a job. `started_at` is the text of its row, so that a damaged row can be asked too."""

    job_id: str
    owner: str | None
    started_at: str | None

    @classmethod
    def of(cls, session: Session, job_id: str) -> Self:
        """The claim that a row states now. Raises NotFound."""
        found = _stated(session, [job_id])
        if job_id not in found:
            raise NotFound(f"There is no job {job_id[:40]!r}; the Jobs page lists them all.")
        return cls(job_id, *found[job_id])

    def require(self, session: Session) -> None:
        """Raises LostClaim where the job was given to somebody else."""
        if not held(session, [self]):
            raise LostClaim("Another worker has this job now; this one writes nothing more.")


def held(session: Session, claims: Collection[Claim]) -> set[str]:
    """The jobs whose rows still state these claims."""
    found = _stated(session, [claim.job_id for claim in claims])
    return {claim.job_id for claim in claims if found.get(claim.job_id) == (claim.owner, claim.started_at)}


def _stated(session: Session, job_ids: list[str]) -> dict[str, tuple[str | None, str | None]]:
    rows = session.execute(select(Job.id, Job.owner, type_coerce(Job.started_at, Text)).where(Job.id.in_(job_ids)))
    return {job_id: (owner, started_at) for job_id, owner, started_at in rows}

"""What a request would do, before it is made: a title, plain sentences, or the one sentence why it cannot be done."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.errors import Conflict, NotFound, Refusal
from backend.jobs.planning.cohort_protocols import check_names
from backend.jobs.planning.context import PlanContext
from backend.jobs.planning.new_cohort import check_name
from backend.jobs.planning.open_input import with_protocol_grid
from backend.jobs.planning.pending_jobs import PendingJobs
from backend.jobs.registry import KINDS
from backend.settings import Settings
from backend.storage.cohort_protocol import UnknownName
from shared import schemas as s


def plan(
    session: Session, settings: Settings, params: s.JobParams, *, after: Sequence[str] = (), local: bool = False
) -> s.JobPlan:
    """The plan of a request; `refusal` is set where it is impossible.

    What jobs in `after` (and the jobs those wait for) will make counts as there. `local` allows any path to be read.
    """
    title: str = params.kind
    params = with_protocol_grid(session, params)
    try:
        title = KINDS[params.kind].title(session, params)
        sentences, seconds = _sentences(session, settings, params, after, local)
    except Refusal as error:
        return s.JobPlan(title=title, sentences=[], refusal=error.sentence)
    return s.JobPlan(title=title, sentences=sentences, refusal=None, seconds=seconds)


def checked_plan(
    session: Session, settings: Settings, params: s.JobParams, *, after: Sequence[str] = (), local: bool = False
) -> s.JobPlan:
    """The plan of a request that is possible.

    Raises NotFound where the request names what does not exist, UnknownName where a name is none of the protocol's,
    Conflict where it is impossible for another reason.
    """
    try:
        title = KINDS[params.kind].title(session, params)
        sentences, seconds = _sentences(session, settings, params, after, local)
    except (NotFound, UnknownName):
        raise
    except Refusal as error:
        raise Conflict(error.sentence) from error
    return s.JobPlan(title=title, sentences=sentences, refusal=None, seconds=seconds)


def _sentences(
    session: Session, settings: Settings, params: s.JobParams, after: Sequence[str], local: bool
) -> tuple[list[str], float | None]:
    """The sentences, and how many seconds the work takes where its plan says so."""
    kind = KINDS[params.kind]
    context = PlanContext(session, settings, PendingJobs(session, after).make, local, kind.name, kind.pace)
    check_name(session, params)
    check_names(session, params)
    sentences = kind.plan(context, params)
    return sentences, sum(context.told) if context.told else None

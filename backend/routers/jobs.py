"""Jobs: asked for, planned, watched, cancelled, tried again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import models
from backend.access import audit
from backend.errors import NotFound, NotSignedIn, Refusal
from backend.jobs import queue, submission, transitions
from backend.jobs.fairness import priorities
from backend.jobs.planning import chains, plans
from backend.jobs.planning.named_uploads import check_uploads
from backend.jobs.planning.project_of import enter_project
from backend.jobs.resume import epoch_rows
from backend.jobs.serialize import job_schema
from backend.storage.database import Database
from backend.web.authorization import RESEARCHER, VIEWER, CurrentSignIn, CurrentUser, check_sign_in
from backend.web.dependencies import (
    BlobStoreDep,
    DatabaseDep,
    IdempotencyKey,
    ReadSessionDep,
    SettingsDep,
    WriteSessionDep,
)
from backend.web.pagination import Listing, add_array, add_list
from backend.web.settled_route import SettledRoute, settled
from shared import schemas as s

log = logging.getLogger(__name__)
router = APIRouter(tags=["jobs"], route_class=SettledRoute)
POLL_SECONDS = 0.5


def jobs(user: CurrentUser) -> Listing[s.Job]:
    """Jobs, newest first."""

    def schemas(_session: Session, rows: Sequence[models.Job]) -> list[s.Job]:
        return [job_schema(row, role=user.role) for row in rows]

    return Listing.of_each(select(models.Job).order_by(models.Job.position.desc()), schemas)


add_list(router, "/jobs", s.Job, jobs, VIEWER)


@router.post("/jobs", dependencies=[RESEARCHER], status_code=202)
def submit(
    body: s.JobSubmit,
    response: Response,
    session: WriteSessionDep,
    settings: SettingsDep,
    user: CurrentUser,
    idempotency_key: IdempotencyKey = None,
) -> s.Job:
    """Queues a job; `Location` is where to watch it. The same `Idempotency-Key` never starts it twice."""
    priorities.check_may_give(user, body.priority)
    row = submission.submit(session, settings, body, key=idempotency_key, user=user.name)
    audit.record(session, user.name, "job.submit", row.id, kind=row.kind)
    log.info("job queued", extra={"job_id": row.id, "kind": row.kind})
    response.headers["Location"] = f"/api/v1/jobs/{row.id}"
    return job_schema(row, role=user.role)


@router.post("/jobs/plan", dependencies=[RESEARCHER])
def plan(body: s.JobSubmit, session: ReadSessionDep, settings: SettingsDep, user: CurrentUser) -> s.JobPlan:
    """What a request would do, how long it would take and what would be reused; nothing is started."""
    check_uploads(session, body.params, user.name)
    try:
        enter_project(session, body)
    except Refusal as error:
        return s.JobPlan(title=body.params.kind, sentences=[], refusal=error.sentence)
    return plans.plan(session, settings, body.params, after=body.after)


@router.post("/jobs/chain", dependencies=[RESEARCHER], status_code=202)
def submit_chain(
    body: s.JobChain,
    session: WriteSessionDep,
    settings: SettingsDep,
    user: CurrentUser,
    idempotency_key: IdempotencyKey = None,
) -> list[s.Job]:
    """Queues requests that belong together: all of them, or none. A step may name the cohort that an earlier makes."""
    priorities.check_may_give(user, body.priority)
    rows = chains.submit_chain(session, settings, body, key=idempotency_key, user=user.name)
    for row in rows:
        audit.record(session, user.name, "job.submit", row.id, kind=row.kind)
        log.info("job queued", extra={"job_id": row.id, "kind": row.kind})
    return [job_schema(row, role=user.role) for row in rows]


@router.post("/jobs/chain/plan", dependencies=[RESEARCHER])
def plan_chain(body: s.JobChain, session: WriteSessionDep, settings: SettingsDep, user: CurrentUser) -> s.ChainPlan:
    """What requests that belong together would do and how long they would take; nothing is started."""
    try:
        return chains.plan_chain(session, settings, body, user=user.name)
    finally:
        session.rollback()


@router.get("/jobs/{job_id}", dependencies=[VIEWER])
def job(job_id: str, session: ReadSessionDep, user: CurrentUser) -> s.Job:
    """One job."""
    return job_schema(queue.get(session, job_id), role=user.role)


def job_log(
    job_id: str, session: ReadSessionDep, after: Annotated[int, Query(ge=0, le=2**62)] = 0
) -> Listing[s.JobLogLine]:
    """Log lines with an id above `after`, oldest first."""
    row = models.JobLog
    statement = select(row).where(row.job_id == queue.get(session, job_id).id, row.id > after).order_by(row.id)
    return Listing.of(
        statement,
        lambda _session, lines: [s.JobLogLine(id=o.id, at=o.at, level=o.level, line=o.line) for o in lines],
    )


def job_epochs(job_id: str, session: ReadSessionDep) -> Listing[s.TrainingEpoch]:
    """The epochs of a training as they go; empty for other kinds of jobs."""
    known = queue.get(session, job_id).id
    return Listing.computed(
        lambda session: [
            s.TrainingEpoch(epoch=row.epoch, run_number=row.run_number, scores=row.scores, pictures=list(row.pictures))
            for row in epoch_rows.epochs_of(session, known)
        ]
    )


add_array(router, "/jobs/{job_id}/log", s.JobLogLine, job_log, VIEWER)
add_array(router, "/jobs/{job_id}/epochs", s.TrainingEpoch, job_epochs, VIEWER)


@router.get("/jobs/{job_id}/reconstructions/{epoch}.png", dependencies=[VIEWER], response_class=Response)
def reconstruction(
    job_id: str,
    epoch: Annotated[int, PathParameter(ge=1, le=2**31)],
    session: ReadSessionDep,
    files: BlobStoreDep,
    modality: Annotated[s.Modality | None, Query(description="The first of the pictures if left out.")] = None,
) -> Response:
    """What a pre-training made of a case after an epoch: the image, what was shown of it, and what it painted."""
    digest = epoch_rows.picture_of(session, job_id, epoch, modality)
    content = files.read(digest)
    return Response(content, media_type="image/png", headers={"ETag": f'"{digest}"', "Cache-Control": "private"})


@router.post("/jobs/{job_id}/cancel", dependencies=[RESEARCHER])
def cancel(job_id: str, session: WriteSessionDep, user: CurrentUser) -> s.Job:
    """Asks a job to stop."""
    audit.record(session, user.name, "job.cancel", job_id)
    return job_schema(transitions.cancel(session, job_id), role=user.role)


@router.post("/jobs/{job_id}/retry", dependencies=[RESEARCHER])
def retry(job_id: str, session: WriteSessionDep, user: CurrentUser) -> s.Job:
    """Queues a failed or cancelled job again; what is cached is reused."""
    audit.record(session, user.name, "job.retry", job_id)
    return job_schema(transitions.retry(session, job_id), role=user.role)


@router.post("/jobs/{job_id}/priority", dependencies=[RESEARCHER])
def prioritise(job_id: str, body: s.JobPriority, session: WriteSessionDep, user: CurrentUser) -> s.Job:
    """Changes the priority of a job of one's own that waits; an administrator's may be any job, and high."""
    row = queue.get(session, job_id)
    priorities.change(row, user, body.priority)
    audit.record(session, user.name, "job.priority", job_id, priority=body.priority)
    return job_schema(row, role=user.role)


@settled
def _known_job(job_id: str, session: ReadSessionDep) -> str:
    return queue.get(session, job_id).id


@router.get("/jobs/{job_id}/events", dependencies=[VIEWER], response_class=EventSourceResponse)
async def job_events(
    request: Request,
    job_id: Annotated[str, Depends(_known_job)],
    database: DatabaseDep,
    sign_in: CurrentSignIn,
    user: CurrentUser,
) -> AsyncIterator[s.Job]:
    """The job at every change until it ends (server-sent events)."""
    last: s.Job | None = None
    while last is None or last.state not in queue.ENDED:
        try:
            current = await run_in_threadpool(_read_job, request, database, job_id, sign_in.token_id, user.role)
        except (NotSignedIn, NotFound):  # withdrawn while the stream was open, or no member of its project any more
            return
        if last is None or current.model_copy(update=_clocks(last)) != last:
            yield current
        last = current
        if current.state not in queue.ENDED:
            await asyncio.sleep(POLL_SECONDS)


def _clocks(job: s.Job) -> dict[str, float | None]:
    """The fields that change with every look."""
    return {"seconds_left": job.seconds_left, "seconds_left_in_all": job.seconds_left_in_all}


def _read_job(request: Request, database: Database, job_id: str, token_id: str, role: s.Role) -> s.Job:
    with database.read() as session:
        check_sign_in(request, session, token_id)
        return job_schema(queue.get(session, job_id), role=role)

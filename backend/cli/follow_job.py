"""Submitting a job from the command line and watching it, with or without a server."""

import sys
import threading
from collections.abc import Sequence
from time import sleep
from typing import Annotated

import typer

from backend.access import audit
from backend.access.tokens import OWNER
from backend.cli.job_answer import answer
from backend.errors import BadSettings, Cancelled, Conflict, NotFound, RadiomicLensError, Unavailable
from backend.jobs import queue, submission
from backend.jobs.serialize import job_schema
from backend.jobs.worker import Worker, stop_on_signals
from backend.models import Cohort
from backend.settings import Settings
from backend.storage.cohort_protocol import protocol_of
from backend.storage.database import Database, open_database
from shared import schemas as s

LOCAL_USER = "command line"
PAUSE_SECONDS = 0.5
BAR = 24
InProject = Annotated[
    str | None, typer.Option("--project", help="Project of the new cohort; the default one unless told.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Show progress until it is done; computes here if no worker runs.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the job as JSON.")]


def cohort_id(settings: Settings, name: str) -> str:
    """The id of a cohort by its name (or id); raises `NotFound`, or `BadSettings` where two projects have one."""
    from sqlalchemy import or_, select

    with open_database(settings) as database, database.read() as session:
        chosen = select(Cohort.id, Cohort.project_id).where(or_(Cohort.name == name, Cohort.id == name))
        found = session.execute(chosen.order_by(Cohort.project_id)).all()
    if not found:
        raise NotFound(f"There is no cohort {name!r} in this data folder; import one, or name another --data-dir.")
    if len(found) > 1:
        ids = ", ".join(f"{known} (project {project})" for known, project in found)
        raise BadSettings(f"Several projects have a cohort {name!r}; give its id instead of its name: {ids}.")
    return str(found[0].id)


def protocol_of_id(settings: Settings, cohort_id: str) -> s.Protocol:
    """The protocol of a cohort that is there."""
    with open_database(settings) as database, database.read() as session:
        return protocol_of(session.get_one(Cohort, cohort_id))


def run(settings: Settings, params: s.JobParams, *, wait: bool, quiet: bool, project: str | None = None) -> s.Job:
    """Submits a job, follows it if asked to, and gives it as it then stands."""
    return run_all(settings, [params], wait=wait, quiet=quiet, project=project)[0]


def run_all(
    settings: Settings, all_params: Sequence[s.JobParams], *, wait: bool, quiet: bool, project: str | None = None
) -> list[s.Job]:
    """The same for several jobs; where one is refused none is queued."""
    with open_database(settings) as database:
        with database.write() as session:
            submitted = [
                submission.submit(session, settings, request, user=LOCAL_USER, local=True)
                for request in (s.JobSubmit(params=params, project_id=project) for params in all_params)
            ]
            for job in submitted:
                audit.record(session, OWNER, "job.submit", job.id, kind=job.kind)
            job_ids = [job.id for job in submitted]
        if wait:
            follow(settings, database, job_ids, quiet=quiet)
        with database.read() as session:
            return [job_schema(queue.get(session, job_id)) for job_id in job_ids]


def submit(settings: Settings, *params: s.JobParams, wait: bool, as_json: bool) -> None:
    """`run_all`, then prints the jobs, or what they found; raises with the sentence of the first that failed."""
    jobs = run_all(settings, params, wait=wait, quiet=as_json)
    for job in jobs:
        if as_json:
            typer.echo(job.model_dump_json(indent=2))
        elif not wait:
            typer.echo(f"{job.title}: queued as {job.id}. `radiomiclens jobs show {job.id}` says how it goes.")
        elif job.state == "done":
            typer.echo("\n".join(answer(settings, job)))
    for job in jobs:
        check(job)


def check(job: s.Job) -> None:
    """Raises where a job did not end well, so that the command's exit code says so."""
    if job.state == "failed":
        raise RadiomicLensError(f"{job.title} failed: {job.error}")
    if job.state == "cancelled":
        raise Cancelled(f"{job.title} was cancelled; `radiomiclens jobs retry {job.id}` queues it again.")


def follow(settings: Settings, database: Database, job_ids: Sequence[str], *, quiet: bool) -> None:
    """Shows progress on stderr until all jobs ended; works on them in this process where no worker runs."""
    shown = _Progress(quiet)

    def ended() -> bool:
        try:
            with database.read() as session:
                jobs = [job_schema(queue.get(session, job_id)) for job_id in job_ids]
        except Unavailable:  # it passes, and the jobs go on meanwhile
            return False
        shown.show(jobs)
        return all(job.state in queue.ENDED for job in jobs)

    stop = threading.Event()
    stop_on_signals(stop)
    while not ended() and not stop.is_set():
        try:
            Worker(settings, stop, alone=True).run(until=ended)
        except Conflict:  # another worker has the data folder: it does the work, we watch
            sleep(PAUSE_SECONDS)
    shown.end()
    if stop.is_set() and not ended():
        raise Cancelled("Stopped; the jobs stay queued and resume with the next worker.")


class _Progress:
    """One line of progress on a terminal; elsewhere nothing, so that a refusal stands alone on stderr."""

    def __init__(self, quiet: bool) -> None:
        self._shown = not quiet and sys.stderr.isatty()
        self._ended: set[str] = set()

    def show(self, jobs: Sequence[s.Job]) -> None:
        for job in jobs if self._shown else ():
            if job.state == "running":
                typer.echo(f"\r\x1b[2K{_bar(job)}", nl=False, err=True)
            elif job.state in queue.ENDED and job.id not in self._ended:
                self._ended.add(job.id)
                typer.echo(f"\r\x1b[2K{job.title}: {job.state}", err=True)

    def end(self) -> None:
        if self._shown:
            typer.echo("\r\x1b[2K", nl=False, err=True)


def _bar(job: s.Job) -> str:
    share = job.done / job.total if job.total else 0.0
    left = "" if job.seconds_left is None else f", about {job.seconds_left:.0f} s left"
    drawn = "#" * round(share * BAR)
    return f"{job.title}: {job.step} [{drawn:<{BAR}}] {job.done}/{job.total}{left}"

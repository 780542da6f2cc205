"""Submitting a job from the command line and watching it, with or without a server."""

import sys
import threading
from collections.abc import Sequence
from time import sleep
from typing import Annotated

import typer

from backend.database import Database, upgrade
from backend.errors import Cancelled, Conflict, NotFound, RadiomicLensError
from backend.jobs import queue
from backend.jobs.wire import job_schema
from backend.jobs.worker import Worker, stop_on_signals
from backend.models import Cohort
from backend.settings import Settings
from shared import schemas as s

LOCAL_USER = "command line"
PAUSE_SECONDS = 0.5
BAR = 24
Wait = Annotated[bool, typer.Option("--wait", help="Show progress until it is done; computes here if no worker runs.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the job as JSON.")]


def cohort_id(settings: Settings, name: str) -> str:
    """The id of a cohort by its name (or id); raises `NotFound`."""
    from sqlalchemy import or_, select

    upgrade(settings)
    database = Database(settings)
    try:
        with database.read() as session:
            found = session.scalars(select(Cohort.id).where(or_(Cohort.name == name, Cohort.id == name))).first()
    finally:
        database.close()
    if found is None:
        raise NotFound(f"There is no cohort {name!r} in this data folder; import one, or name another --data-dir.")
    return found


def run(settings: Settings, *wanted: s.JobParams, wait: bool, quiet: bool) -> list[s.Job]:
    """Submits all jobs or none, follows them if asked to, and gives them as they then stand."""
    upgrade(settings)
    database = Database(settings)
    try:
        with database.write() as session:
            asked = [s.JobSubmit(params=params) for params in wanted]
            ids = [queue.submit(session, settings, each, user=LOCAL_USER, local=True).id for each in asked]
        if wait:
            follow(settings, database, ids, quiet=quiet)
        with database.read() as session:
            return [job_schema(queue.get(session, job_id)) for job_id in ids]
    finally:
        database.close()


def submit(settings: Settings, *wanted: s.JobParams, wait: bool, as_json: bool) -> None:
    """`run`, then prints the jobs; raises with the sentence of one that failed."""
    jobs = run(settings, *wanted, wait=wait, quiet=as_json)
    for job in jobs:
        if as_json:
            typer.echo(job.model_dump_json(indent=2))
        elif not wait:
            typer.echo(f"{job.title}: queued as {job.id}. `radiomiclens jobs show {job.id}` says how it goes.")
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
        with database.read() as session:
            jobs = [job_schema(queue.get(session, job_id)) for job_id in job_ids]
        shown.show(jobs)
        return all(job.state in queue.ENDED for job in jobs)

    stop = threading.Event()
    stop_on_signals(stop)
    while not ended() and not stop.is_set():
        try:
            Worker(settings, stop).run(until=ended)
        except Conflict:  # another worker has the data folder: it does the work, we watch
            sleep(PAUSE_SECONDS)
    shown.end()
    if stop.is_set() and not ended():
        raise Cancelled("Stopped; the jobs stay queued and resume with the next worker.")


class _Progress:
    """One line of progress on a terminal; a line for each new step elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self._quiet, self._terminal = quiet, sys.stderr.isatty()
        self._said: set[tuple[str, str]] = set()

    def show(self, jobs: Sequence[s.Job]) -> None:
        for job in () if self._quiet else jobs:
            if job.state == "running" and self._terminal:
                typer.echo(f"\r\x1b[2K{_bar(job)}", nl=False, err=True)
            elif (job.id, key := job.step if job.state == "running" else job.state) not in self._said:
                self._said.add((job.id, key))
                self._say(job)

    def _say(self, job: s.Job) -> None:
        if job.state == "queued":
            return
        start = "\r\x1b[2K" if self._terminal else ""
        typer.echo(f"{start}{job.title}: {job.step if job.state == 'running' else job.state}", err=True)

    def end(self) -> None:
        if self._terminal and not self._quiet:
            typer.echo("\r\x1b[2K", nl=False, err=True)


def _bar(job: s.Job) -> str:
    share = job.done / job.total if job.total else 0.0
    left = "" if job.seconds_left is None else f", about {job.seconds_left:.0f} s left"
    drawn = "#" * round(share * BAR)
    return f"{job.title}: {job.step} [{drawn:<{BAR}}] {job.done}/{job.total}{left}"

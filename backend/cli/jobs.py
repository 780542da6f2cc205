"""`radiomiclens jobs list | show | logs | cancel | retry`: the queue of a data folder, with or without a server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy import select

from backend.cli.data_dir import DataDir, settings_of
from backend.database import Database, upgrade
from backend.jobs import queue
from backend.jobs.wire import job_schema
from backend.models import Job, JobLog
from shared import schemas as s

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "See, cancel and retry jobs."
JobId = Annotated[str, typer.Argument(help="Id of the job.", metavar="JOB")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_jobs(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the jobs, newest first."""
    with _database(data_dir) as database, database.read() as session:
        jobs = [job_schema(row) for row in session.scalars(select(Job).order_by(Job.position.desc()))]
    if as_json:
        typer.echo(json.dumps([job.model_dump(mode="json") for job in jobs], indent=2))
        return
    for job in jobs:
        typer.echo(f"{job.id}  {job.state:<10}  {_how_far(job):<16}  {job.title}")
    if not jobs:
        typer.echo("There are no jobs yet.")


@app.command()
def show(job: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show one job."""
    with _database(data_dir) as database, database.read() as session:
        _print(job_schema(queue.get(session, job)), as_json)


@app.command()
def logs(job: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Print a job's log."""
    with _database(data_dir) as database, database.read() as session:
        queue.get(session, job)
        rows = session.scalars(select(JobLog).where(JobLog.job_id == job).order_by(JobLog.id))
        lines = [s.JobLogLine(id=row.id, at=row.at, level=row.level, line=row.line) for row in rows]
    if as_json:
        typer.echo(json.dumps([line.model_dump(mode="json") for line in lines], indent=2))
        return
    for line in lines:
        typer.echo(f"{line.at:%Y-%m-%d %H:%M:%S}  {line.level:<7}  {line.line}")


@app.command()
def cancel(job: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Ask a job to stop; what it saved is kept."""
    with _database(data_dir) as database, database.write() as session:
        _print(job_schema(queue.cancel(session, job)), as_json)


@app.command()
def retry(job: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Queue a failed or cancelled job again; it resumes from what it saved."""
    with _database(data_dir) as database, database.write() as session:
        _print(job_schema(queue.retry(session, job)), as_json)


@contextmanager
def _database(data_dir: DataDir) -> Iterator[Database]:
    settings = settings_of(data_dir)
    upgrade(settings)
    database = Database(settings)
    try:
        yield database
    finally:
        database.close()


def _print(job: s.Job, as_json: bool) -> None:
    if as_json:
        typer.echo(job.model_dump_json(indent=2))
        return
    typer.echo(f"{job.title}\n{job.state}, {_how_far(job)}".rstrip(", "))
    for name, value in job.result.items():
        typer.echo(f"  {name}: {value}")
    if job.error:
        typer.echo(job.error)


def _how_far(job: s.Job) -> str:
    return f"{job.step} {job.done}/{job.total}".strip() if job.total else job.step

"""`radiomiclens jobs list | show | logs | cancel | retry | priority`: the queue, also without a server."""

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backend.cli.data_dir import DataDir, settings_of

if TYPE_CHECKING:
    from shared import schemas as s

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "See, cancel and retry jobs."
JobId = Annotated[str, typer.Argument(help="Id of the job.", metavar="JOB")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_jobs(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the jobs, newest first."""
    from backend.cli import stored_jobs  # the database takes a second to load, and help needs none of it

    jobs = stored_jobs.newest_first(settings_of(data_dir))
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
    from backend.cli import stored_jobs

    _print(stored_jobs.one(settings_of(data_dir), job), as_json)


@app.command()
def logs(job: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Print a job's log."""
    from backend.cli import stored_jobs

    lines = stored_jobs.log_of(settings_of(data_dir), job)
    if as_json:
        typer.echo(json.dumps([line.model_dump(mode="json") for line in lines], indent=2))
        return
    for line in lines:
        typer.echo(f"{line.at:%Y-%m-%d %H:%M:%S}  {line.level:<7}  {line.line}")


@app.command()
def cancel(job: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Ask a job to stop; what it saved is kept."""
    from backend.cli import stored_jobs

    _print(stored_jobs.cancelled(settings_of(data_dir), job), as_json)


@app.command()
def retry(job: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Queue a failed or cancelled job again; it resumes from what it saved."""
    from backend.cli import stored_jobs

    _print(stored_jobs.queued_again(settings_of(data_dir), job), as_json)


@app.command()
def priority(
    job: JobId,
    chosen: Annotated[
        Literal["low", "normal", "high"],
        typer.Argument(help="low waits for all others, high goes before them.", metavar="PRIORITY"),
    ],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Give a waiting job a priority: low, normal or high."""
    from backend.cli import stored_jobs

    _print(stored_jobs.prioritised(settings_of(data_dir), job, chosen), as_json)


def _print(job: "s.Job", as_json: bool) -> None:
    if as_json:
        typer.echo(job.model_dump_json(indent=2))
        return
    typer.echo(f"{job.title}\n{job.state}, {_how_far(job)}".rstrip(", "))
    for name, value in job.result.items():
        typer.echo(f"  {name}: {value}")
    if job.error:
        typer.echo(job.error)


def _how_far(job: "s.Job") -> str:
    return f"{job.step} {job.done}/{job.total}".strip() if job.total else job.step

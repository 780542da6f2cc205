"""`radiomiclens demo`: the demo cohort, with all three tasks run on it."""

from typing import Annotated

import typer

from backend.cli.data_dir import DataDir, settings_of


def demo(
    cases: Annotated[
        int | None, typer.Option(min=24, max=2000, help="Studies of the imaging cohort; 300, with --quick 40.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Coarser, fewer, shorter: to see that it works.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Show progress until it is done.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the jobs as JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Build the demo cohort and run all three tasks on it; what is there already is not computed again."""
    import json

    from backend.cli.follow_job import check, follow
    from backend.jobs import queue
    from backend.jobs.demo import submit_demo
    from backend.jobs.serialize import job_schema
    from backend.storage.database import open_database, upgrade

    settings = settings_of(data_dir)
    upgrade(settings)
    job_ids = submit_demo(settings, cases, quick=quick)
    with open_database(settings) as database:
        if wait:
            follow(settings, database, job_ids, quiet=as_json)
        with database.read() as session:
            jobs = [job_schema(queue.get(session, job_id)) for job_id in job_ids]
    if as_json:
        typer.echo(json.dumps([job.model_dump(mode="json") for job in jobs], indent=2))
    else:
        for job in jobs:
            typer.echo(f"{job.id}  {job.state:<9}  {job.title}")
    for job in jobs:
        check(job)

"""`radiomiclens import mlflow-run`: an encoder that was fine-tuned elsewhere and followed in MLflow."""

from pathlib import Path
from typing import Annotated, Any

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.cli.encoder_input_options import Size, Spacing, encoder_input
from backend.cli.follow_job import check, cohort_id, run
from backend.cli.submit import checked
from backend.settings import Settings
from shared import schemas as s


def mlflow_run(
    store: Annotated[Path, typer.Argument(help="Folder mlruns or file mlflow.db, on this machine.", metavar="STORE")],
    run_id: Annotated[str, typer.Argument(help="Id of the run.", metavar="RUN")],
    cohort: Annotated[str, typer.Option(help="Name of the cohort it will embed.")],
    task: Annotated[str, typer.Option(help="What it was fine-tuned for, such as pirads.")],
    arch: Annotated[str, typer.Option(help="convnextv2-tiny (ProFound), another size, or a registered name.")] = (
        "convnextv2-tiny"
    ),
    checkpoint: Annotated[
        str | None, typer.Option(help="Path of the weights among the artifacts; the only such file unless told.")
    ] = None,
    size: Size = None,
    spacing: Spacing = None,
    name: Annotated[str, typer.Option(help="What to call it; the file's name unless told.")] = "",
    parent: Annotated[str | None, typer.Option(help="Id of the encoder it was fine-tuned from.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Take over the weights, metrics, parameters and tags of RUN as a fine-tuned encoder, and embed COHORT with it.

    Only a store of this machine is read, and no network is asked.
    """
    from backend.interchange.mlflow_run import read_run

    settings = settings_of(data_dir)
    known = cohort_id(settings, cohort)
    found = read_run(store, run_id, checkpoint)
    fields: dict[str, object] = {"cohort_id": known, "path": str(found.weights), "arch": arch, "task": task}
    rest = {"name": name, "parent_id": parent, "input": encoder_input(size, spacing, None, 0.0, None)}
    job = run(settings, checked(s.ImportEncoderParams, fields | rest), wait=True, quiet=False)
    check(job)
    _record(settings, str(job.result["encoder_id"]), found.record)
    typer.echo(f"Encoder {job.result['encoder_id']}: {len(found.metrics)} metrics, {len(found.params)} parameters.")


def _record(settings: Settings, encoder_id: str, record: dict[str, Any]) -> None:
    """Keep the run with the encoder."""
    from backend.access import audit
    from backend.access.tokens import OWNER
    from backend.models import Encoder
    from backend.storage.database import open_database

    with open_database(settings) as database, database.write() as session:
        row = session.get_one(Encoder, encoder_id)
        row.settings = {**row.settings, "mlflow": record}
        audit.record(session, OWNER, "encoder.record", encoder_id, run=str(record["run_id"]))

"""`radiomiclens embed-cohort COHORT`: embeds all cases of a cohort, with every checkpoint of a run if asked."""

from typing import Annotated

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.cli.follow_job import AsJson, Wait, cohort_id, submit
from backend.cli.submit import CohortName, checked
from shared.schemas import EmbedParams


def embed_cohort(
    cohort: CohortName,
    task: Annotated[
        str | None, typer.Option(help="pirads, lesion_seg or volume; without it the pre-trained encoder alone.")
    ] = None,
    encoder: Annotated[str | None, typer.Option(help="Id of the encoder; the newest of the task unless told.")] = None,
    checkpoints: Annotated[bool, typer.Option("--checkpoints", help="Every kept epoch of its training too.")] = False,
    wait: Wait = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Embed every case of COHORT, pooled and stage by stage, before and after fine-tuning; what is there is kept."""
    chosen = settings_of(data_dir)
    fields: dict[str, object] = {"cohort_id": cohort_id(chosen, cohort), "task": task, "encoder_id": encoder}
    submit(chosen, checked(EmbedParams, fields | {"checkpoints": checkpoints}), wait=wait, as_json=as_json)

"""`radiomiclens import encoder`: weights that exist already, for a cohort."""

import json
from pathlib import Path
from typing import Annotated

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.cli.embed import EmaOption, KeyOption, PrefixOption
from backend.cli.encoder_input_options import (
    Modalities,
    ModalityPoolOption,
    OrientationOption,
    Size,
    SlicePoolOption,
    Spacing,
    ZeroBelow,
    encoder_input,
)
from backend.cli.follow_job import check, cohort_id, run
from backend.cli.submit import checked
from shared import schemas as s

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


def encoder(
    path: Annotated[
        Path, typer.Argument(help="Weights: a file, an index of shards, or a PEFT adapter folder.", metavar="FILE")
    ],
    cohort: Annotated[str, typer.Option(help="Name of the cohort it will embed.")],
    arch: Annotated[str, typer.Option(help="convnextv2-tiny (ProFound), another size, or a registered name.")] = (
        "convnextv2-tiny"
    ),
    name: Annotated[str, typer.Option(help="What to call it; the file's name unless told.")] = "",
    modalities: Modalities = None,
    size: Size = None,
    spacing: Spacing = None,
    orientation: OrientationOption = None,
    zero_below: ZeroBelow = 0.0,
    slice_pool: SlicePoolOption = "mean",
    modality_pool: ModalityPoolOption = "concatenate",
    task: Annotated[
        str | None,
        typer.Option(
            help="What the file was fine-tuned for: pirads, lesion_seg, volume, or another target, such as the name "
            "of a clinical column. Without it the file is an encoder before fine-tuning."
        ),
    ] = None,
    head: Annotated[
        Path | None, typer.Option(help="The task's linear head (.npz, .safetensors or .csv), for its analyses.")
    ] = None,
    parent: Annotated[str | None, typer.Option(help="Id of the encoder it was fine-tuned from.")] = None,
    key: KeyOption = "",
    prefix: PrefixOption = "",
    ema: EmaOption = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Take over encoder weights (ProFound's, ours, or of a registered encoder) and embed COHORT with them."""
    settings = settings_of(data_dir)
    seen = encoder_input(size, spacing, orientation, zero_below, modalities)
    seen |= {"slice_pool": slice_pool, "modality_pool": modality_pool}
    fields: dict[str, object] = {"cohort_id": cohort_id(settings, cohort), "path": str(path.absolute()), "arch": arch}
    rest = {"name": name, "input": seen, "task": task, "parent_id": parent, "key": key, "prefix": prefix, "ema": ema}
    rest |= {} if head is None else {"head": str(head.absolute())}
    job = run(settings, checked(s.ImportEncoderParams, fields | rest), wait=True, quiet=as_json)
    check(job)
    if as_json:
        typer.echo(json.dumps(job.result, indent=2))
        return
    typer.echo(f"Encoder {job.result['encoder_id']}")
    for sentence in job.result["sentences"]:
        typer.echo(sentence)

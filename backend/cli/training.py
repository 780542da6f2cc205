"""`radiomiclens pretrain | finetune COHORT`: submits a training job, straight on the data folder."""

from collections.abc import Mapping
from typing import Annotated

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.cli.encoder_input_options import Modalities, OrientationOption, Size, Spacing, ZeroBelow, encoder_input
from backend.cli.follow_job import AsJson, Wait, cohort_id, submit
from backend.cli.submit import CohortName, checked
from shared import schemas as s

Epochs = Annotated[int, typer.Option(min=1, help="Epochs.")]
Batch = Annotated[int, typer.Option(min=1, help="Studies that go through at once.")]
Accumulate = Annotated[int, typer.Option(min=1, help="Batches for one step, where memory holds too few studies.")]
Rate = Annotated[float, typer.Option(help="Learning rate.")]
Clip = Annotated[float, typer.Option(min=0, help="Longest gradient; 0 = any.")]
Decay = Annotated[float, typer.Option(min=0, help="Weight decay.")]
Warmup = Annotated[int | None, typer.Option(min=0, help="Epochs of rising learning rate.")]
Precision = Annotated[str, typer.Option(help="auto (bf16 on a GPU, float32 on a CPU), float32 or bf16.")]
Activations = Annotated[
    bool, typer.Option("--checkpoint-activations", help="Compute activations again on the way back: less memory.")
]
Every = Annotated[int, typer.Option(min=0, help="Keep the encoder of every k-th epoch; 0 = none.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random draw.")]


def pretrain(
    cohort: CohortName,
    arch: Annotated[str, typer.Option(help="Encoder size.")] = "convnextv2-atto",
    modalities: Modalities = None,
    size: Size = None,
    spacing: Spacing = None,
    orientation: OrientationOption = None,
    zero_below: ZeroBelow = 0.0,
    epochs: Epochs = 40,
    batch: Batch = 4,
    accumulate: Accumulate = 1,
    lr: Rate = 1e-3,
    warmup_epochs: Warmup = None,
    weight_decay: Decay = 0.05,
    clip_norm: Clip = 0.0,
    patch: Annotated[int, typer.Option(help="Side of the cubes that are hidden: 4, 8, 16 or 32 voxels.")] = 16,
    mask_ratio: Annotated[float, typer.Option(help="Share of the cubes that is hidden.")] = 0.6,
    decoder_width: Annotated[int, typer.Option(min=8, help="Channels of the block that paints.")] = 512,
    precision: Precision = "auto",
    checkpoint_activations: Activations = False,
    checkpoint_every: Every = 0,
    seed: Seed = 0,
    wait: Wait = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Pre-train an encoder on COHORT as a masked autoencoder and embed every case with it."""
    options = locals()
    chosen = settings_of(data_dir)
    seen = encoder_input(size, spacing, orientation, zero_below, modalities)
    fields = matching_options(s.PretrainParams, options) | {"cohort_id": cohort_id(chosen, cohort), "input": seen}
    submit(chosen, checked(s.PretrainParams, fields), wait=wait, as_json=as_json)


def finetune(
    cohort: CohortName,
    task: Annotated[str, typer.Option(help="What it learns: a target of the cohort's protocol, such as pirads.")],
    encoder: Annotated[str | None, typer.Option(help="Id of the pre-trained encoder; the newest unless told.")] = None,
    epochs: Epochs = 100,
    batch: Batch = 4,
    accumulate: Accumulate = 1,
    lr: Rate = 1e-3,
    cosine: Annotated[bool, typer.Option("--cosine", help="Let the learning rate fall along a cosine.")] = False,
    warmup_epochs: Warmup = None,
    weight_decay: Decay = 0.01,
    decay_head: Annotated[bool, typer.Option(help="Weight decay on the head too.")] = True,
    layer_decay: Annotated[float, typer.Option(help="Rate of each earlier encoder stage against the next.")] = 1.0,
    clip_norm: Clip = 0.0,
    adapt: Annotated[str, typer.Option(help="What learns: full, frozen (the head only) or lora.")] = "full",
    lora_rank: Annotated[int, typer.Option(min=1, help="Rank of LoRA's changes.")] = 8,
    balanced: Annotated[bool, typer.Option("--balanced", help="Draw every class as often as the others.")] = False,
    augment: Annotated[bool, typer.Option("--augment", help="Flips, small rotations and zooms, bias field.")] = False,
    augment_intensity: Annotated[
        bool, typer.Option("--augment-intensity", help="Contrast, brightness and noise.")
    ] = False,
    dice_cross_entropy: Annotated[
        bool, typer.Option("--dice-cross-entropy", help="Dice + cross entropy (masks).")
    ] = False,
    decoder_width: Annotated[int, typer.Option(min=8, help="Channels of the UPerNet (masks).")] = 512,
    settle_norms: Annotated[
        bool, typer.Option("--settle-norms", help="Measure BatchNorm's statistics anew after each epoch.")
    ] = False,
    keep: Annotated[str, typer.Option(help="Weights of the last epoch, or of the best validation loss.")] = "last",
    patience: Annotated[int, typer.Option(min=0, help="Stop after so many epochs without a better one; 0 = no.")] = 0,
    precision: Precision = "auto",
    checkpoint_activations: Activations = False,
    checkpoint_every: Every = 10,
    seed: Seed = 0,
    seeds: Annotated[
        int, typer.Option(min=1, max=20, help="Runs of this recipe, one after another, with seeds from --seed on.")
    ] = 1,
    shuffle_labels: Annotated[
        int, typer.Option(min=0, max=20, help="Control runs on training labels permuted among the patients.")
    ] = 0,
    wait: Wait = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Fine-tune COHORT's pre-trained encoder for a task and embed every case with it."""
    options = locals()
    chosen = settings_of(data_dir)
    fields = matching_options(s.FinetuneParams, options) | {
        "cohort_id": cohort_id(chosen, cohort),
        "encoder_id": encoder,
    }
    submit(chosen, checked(s.FinetuneParams, fields), wait=wait, as_json=as_json)


def matching_options(kind: type[s.Schema], options: Mapping[str, object]) -> dict[str, object]:
    """The options that are parameters of this request under the same name."""
    return {name: value for name, value in options.items() if name in kind.model_fields}

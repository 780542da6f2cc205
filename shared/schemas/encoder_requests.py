"""Parameters of jobs on encoders: import, pre-training, fine-tuning, embedding."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Id, Modality, Schema, Task


class EncoderInput(Schema):
    """What the encoder sees of a case: voxels (z, y, x) and their spacing in mm."""

    size_zyx: tuple[int, int, int] = (64, 224, 224)
    spacing_zyx_mm: tuple[float, float, float] = (1.0, 0.5, 0.5)
    coverage: Literal["crop", "sliding"] = Field(
        default="crop",
        description="What is embedded of a larger image: its centre, as ProFound does, or all of it, as the mean over "
        "half-overlapping windows of this size. Training sees the centre.",
    )
    orientation: Literal["LPS", "as_stored"] = Field(
        default="LPS",
        exclude_if=lambda value: value == "LPS",  # keys of requests that say nothing stay as they were
        description="LPS: axes to the left, to posterior, to the head, however the file is stored. as_stored: the axis "
        "order and directions of the T2's file, as code that never reorients reads it.",
    )
    zero_below: float = Field(
        default=0,
        ge=0,
        le=0.1,
        allow_inf_nan=False,
        exclude_if=lambda value: value == 0,
        description="Voxels smaller than this share of the image's usual maximum (99.9 % of its non-zero voxels lie "
        "below) count as 0 in the z-score over non-zero voxels, such as 1e-5; 0 = only 0 itself.",
    )
    slice_pool: Literal["mean", "max"] = Field(
        default="mean",
        exclude_if=lambda value: value == "mean",
        description="How the slices of an encoder of two dimensions become one embedding.",
    )
    modality_pool: Literal["concatenate", "average"] = Field(
        default="concatenate",
        exclude_if=lambda value: value == "concatenate",
        description="How the modalities of an encoder of one channel become one embedding.",
    )
    modalities: tuple[Modality, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=24,
        exclude_if=lambda value: value is None,
        description="Modalities of the cohort that the encoder sees, in the order of its channels; null = the "
        "encoder's own, else all that every case has.",
    )


class ImportEncoderParams(Schema):
    """Take over encoder weights from a file (ProFound's or another), then embed every case of the cohort with them."""

    kind: Literal["import_encoder"] = "import_encoder"
    cohort_id: Id
    path: str = Field(min_length=1, max_length=1000)
    arch: str = Field(default="convnextv2-tiny", max_length=80)
    name: str = Field(default="", max_length=80, description="What people call it; the file's name unless told.")
    task: Task | None = Field(
        default=None,
        min_length=1,
        description="The task it was fine-tuned for: pirads, lesion_seg, volume, or what else it learned, such as the "
        "name of a clinical column; null = a pre-trained encoder.",
    )
    head: str | None = Field(
        default=None,
        max_length=1000,
        description="File of the task's linear head (.npz, .safetensors or .csv), which its analyses then read.",
    )
    parent_id: Id | None = Field(default=None, description="The encoder it was fine-tuned from; null = the newest.")
    key: str = Field(default="", max_length=200, description="Container of the weights in the file; found unless told.")
    prefix: str = Field(
        default="", max_length=200, description="What stands before the encoder's names; found unless told."
    )
    ema: bool = Field(default=False, description="Take the averaged weights (EMA) of the file.")
    input: EncoderInput = EncoderInput()


class Training(Schema):
    """What pre-training and fine-tuning have in common."""

    batch: int = Field(default=4, ge=1, le=256, description="Studies that go through at once.")
    accumulate: int = Field(default=1, ge=1, le=256, description="Such batches for one step of the optimiser.")
    lr: float = Field(default=1e-3, gt=0, le=1, description="Learning rate.")
    clip_norm: float = Field(default=0, ge=0, le=1e6, description="Longest gradient; 0 = any.")
    precision: Literal["auto", "float32", "bf16"] = Field(default="auto", description="auto = bf16 on a GPU only.")
    checkpoint_activations: bool = Field(default=False, description="Less memory, about a third more time.")
    seed: int = Field(default=0, ge=0)


class PretrainParams(Training):
    """Pre-train an encoder on the cohort as a masked autoencoder, then embed every case with it."""

    kind: Literal["pretrain"] = "pretrain"
    cohort_id: Id
    arch: Id = "convnextv2-atto"
    input: EncoderInput = EncoderInput()
    epochs: int = Field(default=40, ge=1, le=5000)
    warmup_epochs: int | None = Field(default=None, ge=0, le=5000, description="null = a tenth, at most 40.")
    weight_decay: float = Field(default=0.05, ge=0, le=10)
    patch: Literal[4, 8, 16, 32] = Field(default=16, description="Side of the cubes that are hidden, voxels.")
    mask_ratio: float = Field(default=0.6, gt=0, lt=1, description="Share of the cubes that is hidden.")
    decoder_width: int = Field(default=512, ge=8, le=2048, description="Channels of the block that paints.")
    checkpoint_every: int = Field(default=0, ge=0, le=5000, description="Keep every k-th epoch's encoder; 0 = none.")


class FinetuneParams(Training):
    """Fine-tune a pre-trained encoder for a task, then embed every case with it."""

    kind: Literal["finetune"] = "finetune"
    cohort_id: Id
    task: Task = Field(min_length=1, description="A target of the cohort's protocol.")
    encoder_id: Id | None = Field(default=None, description="The pre encoder; null = the cohort's newest.")
    epochs: int = Field(default=100, ge=1, le=5000)
    adapt: Literal["full", "frozen", "lora"] = Field(
        default="full", description="What of the encoder learns: all, nothing (head only), or low-rank changes (LoRA)."
    )
    lora_rank: int = Field(default=8, ge=1, le=256)
    weight_decay: float = Field(default=0.01, ge=0, le=10)
    decay_head: bool = Field(default=True, description="Weight decay on the head too (ProFound's code: no).")
    layer_decay: float = Field(default=1, gt=0, le=1, description="Rate of each earlier stage against the next.")
    cosine: bool = Field(default=False, description="Cosine decay of the learning rate.")
    warmup_epochs: int | None = Field(default=None, ge=0, le=5000, description="null = 2 before a cosine, else none.")
    balanced: bool = Field(
        default=False, description="Draw classes, or studies with and without the region, equally often."
    )
    augment: bool = Field(default=False, description="Flips, small rotations and zooms, bias field.")
    augment_intensity: bool = Field(default=False, description="Contrast, brightness and noise.")
    dice_cross_entropy: bool = Field(default=False, description="Dice + cross entropy (masks only).")
    decoder_width: int = Field(default=512, ge=8, le=1024, description="Channels of the UPerNet (masks only).")
    settle_norms: bool = Field(default=False, description="Measure BatchNorm's statistics anew after each epoch.")
    keep: Literal["last", "best"] = Field(default="last", description="best = lowest validation loss.")
    patience: int = Field(default=0, ge=0, le=5000, description="Stop after as many epochs without a better one.")
    checkpoint_every: int = Field(default=10, ge=0, le=5000, description="Keep every k-th epoch's encoder; 0 = none.")
    seeds: int = Field(default=1, ge=1, le=20, description="Runs of this recipe, with seeds from `seed` on.")
    shuffle_labels: int = Field(
        default=0, ge=0, le=20, description="Control runs whose training labels are permuted among the patients."
    )


class EmbedParams(Schema):
    """Embed every case, pooled and stage by stage, before and after fine-tuning; what is there already is kept."""

    kind: Literal["embed"] = "embed"
    cohort_id: Id
    task: Task | None = Field(
        default=None, description="The fine-tuning's task, whose input both encoders see; null = a pre-trained encoder."
    )
    encoder_id: Id | None = Field(default=None, description="The encoder of that task; null = the cohort's newest.")
    checkpoints: bool = Field(default=False, description="Every kept epoch of its training as well.")

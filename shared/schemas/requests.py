"""Requests for work: the parameters of every kind of job."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.schemas.base import Id, Modality, Roi, Schema, Task

Step = Annotated[float, Field(ge=0.1, le=10)]
Side = Annotated[int, Field(ge=8, le=1024)]


def _not_one(replicates: int) -> int:
    if replicates == 1:
        raise ValueError("a standard error needs 2 replicates, better 200, and 0 leaves the trust block out")
    return replicates


Replicates = Annotated[int, AfterValidator(_not_one)]


class SynthParams(Schema):
    """Write a synthetic cohort and import it; unless told, the T2 has 224 x 224 x 24 voxels of 0.5 x 0.5 x 3 mm."""

    kind: Literal["synth"] = "synth"
    cohort: str = Field(min_length=1, max_length=80)
    cases: int = Field(default=40, ge=1, le=2000)
    seed: int = Field(default=0, ge=0)
    spacing_xyz_mm: tuple[Step, Step, Step] | None = Field(default=None, description="Of the T2 image.")
    size_xyz: tuple[Side, Side, Side] | None = Field(default=None, description="Voxels of the T2 image.")


class ImportCasesParams(Schema):
    """Import images from a folder inside the allowed import roots."""

    kind: Literal["import_cases"] = "import_cases"
    cohort: str = Field(min_length=1, max_length=80)
    path: str = Field(min_length=1, max_length=1000)
    layout: Literal["auto", "picai", "dicom", "msd", "nnunet", "bids", "manifest"] = "auto"
    clinical: str | None = Field(default=None, max_length=1000)
    ids: Literal["ask", "keep", "pseudonymise"] = Field(
        default="ask", description="What to do with ids; `ask` refuses where names or dates are seen."
    )
    series: dict[Id, dict[Modality, Id]] = Field(
        default={}, description="Study id to modality to the series to take instead of the automatic choice."
    )
    zones: str | None = Field(default=None, max_length=200, description="Names of zone codes, such as 1=PZ,2=TZ.")
    checksums: str | None = Field(default=None, max_length=1000, description="Path of the sender's SHA-256 list.")


class ImportTablesParams(Schema):
    """Import embeddings and radiomics that exist already."""

    kind: Literal["import_tables"] = "import_tables"
    cohort: str = Field(min_length=1, max_length=80)
    pre: str = Field(min_length=1, max_length=1000)
    ft: str = Field(min_length=1, max_length=1000)
    radiomics: str = Field(min_length=1, max_length=1000)
    clinical: str | None = Field(default=None, max_length=1000)
    task: Task = "pirads"
    roi: Roi = "gland"
    intersect: bool = False


class SynthTablesParams(Schema):
    """Compute a table-based sample with planted changes and import it."""

    kind: Literal["synth_tables"] = "synth_tables"
    cohort: str = Field(min_length=1, max_length=80)
    patients: int = Field(default=300, ge=20, le=5000)
    scenario: Id = "planted_all"
    seed: int = Field(default=0, ge=0)


class ExtractParams(Schema):
    """Extract radiomics of every accepted case.

    `settings` is `paper`, or the name of what `yaml` holds: the text of a PyRadiomics parameter file.
    """

    kind: Literal["extract"] = "extract"
    cohort_id: Id
    rois: list[Roi] = Field(default=["gland", "lesion"], min_length=1)
    settings: str = Field(default="paper", max_length=200)
    yaml: str | None = Field(default=None, max_length=65536)
    shape: bool = False


class EncoderInput(Schema):
    """What the encoder sees of a case: voxels (z, y, x) and their spacing in mm."""

    size_zyx: tuple[int, int, int] = (64, 224, 224)
    spacing_zyx_mm: tuple[float, float, float] = (1.0, 0.5, 0.5)
    coverage: Literal["crop", "sliding"] = Field(
        default="crop",
        description="What is embedded of a larger image: its centre, as ProFound does, or all of it, as the mean over "
        "half-overlapping windows of this size. Training sees the centre.",
    )


class ImportEncoderParams(Schema):
    """Take over encoder weights from a file (ProFound's or another), then embed every case of the cohort with them."""

    kind: Literal["import_encoder"] = "import_encoder"
    cohort_id: Id
    path: str = Field(min_length=1, max_length=1000)
    arch: str = Field(default="convnextv2-tiny", max_length=80)
    name: str = Field(default="", max_length=80, description="What people call it; the file's name unless told.")
    task: Literal["pirads", "lesion_seg", "volume"] | None = Field(
        default=None, description="The task it was fine-tuned for; null = a pre-trained encoder."
    )
    parent_id: Id | None = Field(default=None, description="The encoder it was fine-tuned from; null = the newest.")
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
    task: Literal["pirads", "lesion_seg", "volume"]
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
    balanced: bool = Field(default=False, description="Draw every class as often as the others.")
    augment: bool = Field(default=False, description="Flips, small rotations and zooms, bias field.")
    augment_intensity: bool = Field(default=False, description="Contrast, brightness and noise.")
    dice_cross_entropy: bool = Field(default=False, description="Dice + cross entropy (lesion_seg only).")
    decoder_width: int = Field(default=512, ge=8, le=1024, description="Channels of the UPerNet (lesion_seg only).")
    settle_norms: bool = Field(default=False, description="Measure BatchNorm's statistics anew after each epoch.")
    keep: Literal["last", "best"] = Field(default="last", description="best = lowest validation loss.")
    patience: int = Field(default=0, ge=0, le=5000, description="Stop after as many epochs without a better one.")
    checkpoint_every: int = Field(default=10, ge=0, le=5000, description="Keep every k-th epoch's encoder; 0 = none.")


class AnalyseParams(Schema):
    """Run the lens on pre and ft embeddings and the radiomics of one ROI."""

    kind: Literal["analyze"] = "analyze"
    cohort_id: Id
    task: Task
    roi: Roi
    pre_encoder_id: Id | None = None
    ft_encoder_id: Id | None = None
    extraction: str | None = Field(
        default=None, max_length=64, description="Hash of the radiomics settings to read; null = the newest extraction."
    )
    hidden: int = Field(default=128, ge=1, le=4096)
    epochs: int = Field(default=200, ge=1, le=5000)
    l1: float = Field(default=1e-6, ge=0, allow_inf_nan=False)
    l2: float = Field(default=1e-5, ge=0, allow_inf_nan=False)
    standardise_x: Literal["pre", "none"] = "pre"
    theta_on: Literal["train", "all"] = "train"
    bias: bool = False
    per_group_share: bool = False
    sweep: bool = False
    bootstrap: Replicates = Field(
        default=200, ge=0, le=5000, description="Replicates of the trust block, 2 or more; 0 leaves it out."
    )
    folds: int = Field(default=5, ge=2, le=20)
    repeats: int = Field(default=3, ge=1, le=50)
    decoders: list[Literal["kernel", "elastic_net"]] = Field(
        default=[], description="Other decoders whose R2 stands beside the ridge's; flags stay the ridge's."
    )
    icc: str | None = Field(default=None, max_length=1000, description="Repeatability table, under an import root.")
    seed: int = Field(default=0, ge=0)


class EmbedParams(Schema):
    """Embed every case, pooled and stage by stage, before and after fine-tuning; what is there already is kept."""

    kind: Literal["embed"] = "embed"
    cohort_id: Id
    task: Literal["pirads", "lesion_seg", "volume"] | None = Field(
        default=None, description="The fine-tuning's task, whose input both encoders see; null = a pre-trained encoder."
    )
    encoder_id: Id | None = Field(default=None, description="The encoder of that task; null = the cohort's newest.")
    checkpoints: bool = Field(default=False, description="Every kept epoch of its training as well.")


class CompareParams(Schema):
    """Which changes do analyses of one cohort share, and which are one's own?"""

    kind: Literal["compare"] = "compare"
    analysis_ids: list[Id] = Field(min_length=2, max_length=6)


class TrajectoryParams(Schema):
    """Run the trust block along the checkpoints of a fine-tuning run, or along the four stages of the encoder."""

    kind: Literal["trajectory"] = "trajectory"
    cohort_id: Id
    task: Task
    roi: Roi
    along: Literal["checkpoints", "stages"]
    pre_encoder_id: Id | None = None
    ft_encoder_id: Id | None = None
    extraction: str | None = Field(
        default=None, max_length=64, description="Hash of the radiomics settings to read; null = the newest extraction."
    )
    bootstrap: int = Field(default=200, ge=2, le=5000)
    folds: int = Field(default=5, ge=2, le=20)
    repeats: int = Field(default=3, ge=1, le=50)
    seed: int = Field(default=0, ge=0)


class SelfCheckParams(Schema):
    """What could a study of this size have seen? An analysis gives its own size and signal; else they are given."""

    kind: Literal["selfcheck"] = "selfcheck"
    analysis_id: Id | None = Field(default=None, description="Take patients, width, features and signal from it.")
    patients: int = Field(default=200, ge=20, le=5000)
    width: int = Field(default=768, ge=2, le=4096)
    features: int = Field(default=60, ge=18, le=837, description="Of each of three modalities.")
    repeated: float = Field(default=0.0, ge=0, le=1, description="Share of patients with a second study.")
    signal: float | None = Field(default=None, gt=0, lt=1, description="Median R2 before fine-tuning to simulate.")
    seeds: int = Field(default=2, ge=1, le=20)
    bootstrap: int = Field(default=100, ge=2, le=1000)


JobParams = Annotated[
    SynthParams
    | ImportCasesParams
    | ImportTablesParams
    | SynthTablesParams
    | ExtractParams
    | ImportEncoderParams
    | PretrainParams
    | FinetuneParams
    | AnalyseParams
    | CompareParams
    | TrajectoryParams
    | SelfCheckParams
    | EmbedParams,
    Field(discriminator="kind"),
]


class JobSubmit(Schema):
    """A request for work; `after` lists jobs that must be done first."""

    params: JobParams
    after: list[Id] = Field(default=[])

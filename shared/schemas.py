"""The wire contract between API and everything that talks to it. Units are in the field names or descriptions."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Modality = Literal["T2", "DWI", "ADC"]
Roi = Literal["gland", "lesion"]
MaskKind = Literal["gland", "lesion", "zones"]
Stage = Literal["pre", "ft"]
Role = Literal["admin", "researcher", "viewer"]
JobState = Literal["queued", "running", "cancelling", "done", "failed", "cancelled"]
Task = str
"""`pirads`, `lesion_seg`, `volume`, or a name given with imported tables."""

MODALITIES: tuple[Modality, ...] = ("T2", "DWI", "ADC")
ROIS: tuple[Roi, ...] = ("gland", "lesion")
TASKS: tuple[str, ...] = ("pirads", "lesion_seg", "volume")


T = TypeVar("T")


class Schema(BaseModel):
    """Base of the contract: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Page(Schema, Generic[T]):
    """One page of a list; ask again with `cursor=next_cursor` until that is null."""

    items: list[T]
    total: int
    next_cursor: str | None = None


class Problem(Schema):
    """RFC 9457 problem details; `detail` is the sentence for people, `code` is for programs."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, Any]] = []


class Me(Schema):
    """Who is asking."""

    name: str
    role: Role


class SignIn(Schema):
    """A one-time login token, swapped for a session cookie."""

    token: str = Field(min_length=16, max_length=200)


class Encoder(Schema):
    """Encoder weights, or the name of imported embeddings; `sha256` is the identity."""

    id: str
    name: str
    arch: str
    sha256: str
    stage: Stage
    task: Task | None
    parent_id: str | None
    cohort_id: str | None
    epoch: int | None
    settings: dict[str, Any]
    metrics: dict[str, Any]
    history: list[dict[str, Any]]
    created_at: datetime


class Cohort(Schema):
    """A named set of cases and how far its work has come."""

    id: str
    name: str
    kind: Literal["images", "tables"]
    note: str
    n_cases: int
    n_patients: int
    n_rejected: int
    n_warned: int
    extracted: dict[str, int] = Field(description="Studies with usable features, by ROI.")
    encoders: list[Encoder]
    tasks: list[str] = Field(description="Tasks with a fine-tuned encoder, or imported.")
    created_at: datetime


class Case(Schema):
    """One study of one patient."""

    id: str
    cohort_id: str
    study_id: str
    patient_id: str
    status: Literal["accepted", "rejected", "excluded"]
    reason: str
    warnings: list[str]
    pirads: int | None
    volume_ml: float | None
    psa: float | None
    isup: int | None
    age: float | None
    center: str | None
    split: str | None
    gland_ml: float | None
    lesion_ml: float | None
    has_images: bool


class VolumeInfo(Schema):
    """An image on the viewing grid, as `/cases/{id}/volumes/{modality}` sends it: uint16, C order (z, y, x), LPS axes.

    value = intercept + slope * stored; `low`, `high` are the 1st and 99th percentile, the default window.
    """

    modality: Modality
    shape_zyx: tuple[int, int, int]
    spacing_zyx_mm: tuple[float, float, float]
    slope: float
    intercept: float
    low: float
    high: float
    unit: str
    etag: str


class MaskInfo(Schema):
    """A mask on the same viewing grid, uint8; `slices` lists the k where it has voxels."""

    roi: MaskKind
    shape_zyx: tuple[int, int, int]
    slices: list[int]
    voxels: int
    etag: str


class CaseDetail(Case):
    """A case with everything its page needs."""

    clinical: dict[str, Any]
    geometry: dict[str, Any] = Field(description="Native size, spacing (mm) and origin of every input.")
    volumes: list[VolumeInfo]
    masks: list[MaskInfo]
    best_slice: int = Field(description="The slice with the most lesion, else the most gland.")
    first_slice_mm: float = Field(description="Position of slice 0 along the slice axis, mm.")
    axis_letters: dict[str, str] = Field(description="Letters at the edges: left, right, top, bottom.")
    previous_id: str | None
    next_id: str | None


class FeaturePercentile(Schema):
    """One radiomic value of a case among the cohort."""

    feature: str
    label: str
    value: float | None
    percentile: float | None = Field(description="0..100 among cases with a value; ties count half.")
    cohort_quantiles: list[float] = Field(description="5, 25, 50, 75, 95 % of the cohort.")


class CaseRadiomics(Schema):
    """A case's radiomics in one ROI."""

    case_id: str
    roi: Roi
    status: str
    reason: str
    n_cases: int
    quality: dict[str, Any]
    features: list[FeaturePercentile]


class RadiomicsSet(Schema):
    """Features of one cohort, ROI and settings: how many are there and what went wrong."""

    cohort_id: str
    roi: Roi
    settings_hash: str
    n_ok: int
    n_failed: int
    n_features: int
    reasons: dict[str, int]


class Alert(Schema):
    """A sentence the reader must not miss, and why it matters."""

    code: str
    level: Literal["info", "warning"]
    sentence: str
    why: str


class Analysis(Schema):
    """One run of the lens."""

    id: str
    cohort_id: str
    cohort_name: str
    task: Task
    roi: Roi
    modalities: list[str]
    n_studies: int
    n_patients: int
    n_features: int
    hidden: int
    seed: int
    n_alerts: int
    pre_encoder: Encoder
    ft_encoder: Encoder
    created_at: datetime


class TableOneCell(Schema):
    """One cell pair of the paper's Table 1."""

    row: str
    n_features: int
    r2_pre: float | None
    r2_ft: float | None
    mse_pre: float | None
    mse_ft: float | None
    r2_in_sample_pre: float | None
    r2_in_sample_ft: float | None


class TrustSummary(Schema):
    """The trust block of an analysis as a whole."""

    b: float | None = Field(description="The relative change of decodability that all features share.")
    control_floor: float = Field(description="R2 that features of the wrong patients reach.")
    replicates: int = Field(description="Cluster-bootstrap replicates.")
    flags: dict[str, int] = Field(description="How many features carry which flag.")
    representation: dict[str, float | None]
    stability_spearman: float | None = Field(description="Rank agreement of ΔI between halves of the patients.")
    stability_top20: float | None


class AnalysisDetail(Analysis):
    """An analysis with its answer in words, Table 1, Fig. 2, alerts and provenance."""

    sentences: list[str]
    alerts: list[Alert]
    table_one: list[TableOneCell]
    caption: str
    trust: TrustSummary | None = Field(default=None, description="Null where the analysis was made without it.")
    fig2_class: str | None = Field(description="The feature class with the highest held-out R2 after fine-tuning.")
    settings: dict[str, Any]
    report: dict[str, Any]


Flag = Literal["stronger", "weaker", "unchanged", "not_decodable", "underpowered"]
"""What the trust block says; a change needs q <= 0.10, an effect beyond 0.03 and R2 above the control floor."""


class Trusted(Schema):
    """The trust block's numbers of a feature or group; all null where an analysis was made without it.

    `effect` is the change beyond the change that all features share; `ci_low` and `ci_high` are its 95 % interval.
    """

    delta_r2: float | None = None
    selective_delta: float | None = None
    effect: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    q: float | None = None
    flag: Flag | None = None


class RankingRow(Trusted):
    """One feature of the ranking; `i` is the norm of its decoder weights.

    `paper_*` and in-sample scores belong to the paper's decoders; `r2_pre`, `r2_ft` are cross-validated (trust block).
    """

    feature: str
    label: str
    modality: str
    image_type: str
    feature_class: str
    feature_name: str
    i_pre: float
    i_ft: float
    delta_i: float
    rank_paper: int
    paper_r2_pre: float | None
    paper_r2_ft: float | None
    paper_mse_pre: float | None
    paper_mse_ft: float | None
    r2_in_sample_pre: float | None
    r2_in_sample_ft: float | None
    r2_pre: float | None = None
    r2_ft: float | None = None
    p: float | None = None
    explained_sd_pre: float | None = None
    explained_sd_ft: float | None = None


class GroupRow(Trusted):
    """One line of groups.csv: `r2_*` and `mse_*` are the paper's table, `trust_r2_*` are cross-validated."""

    grouping: Literal["class", "image_type", "modality", "modality_class", "overall"]
    group: str
    n_features: int
    mse_pre: float | None
    mse_ft: float | None
    r2_pre: float | None
    r2_ft: float | None
    r2_median_pre: float | None
    r2_median_ft: float | None
    v_pre: float | None
    v_ft: float | None
    r2_in_sample_pre: float | None
    r2_in_sample_ft: float | None
    mse_minmax_pre: float | None
    mse_minmax_ft: float | None
    i_pre: float | None
    i_ft: float | None
    trust_r2_pre: float | None = None
    trust_r2_ft: float | None = None
    swap_delta_i: float | None = Field(default=None, description="ΔI with the projection trained on ft instead.")


class FeatureDefinition(Schema):
    """A feature in words."""

    feature: str
    label: str
    sentence: str
    formula: str
    ibsi: str
    image_type_words: str


class FeatureCase(Schema):
    """What one study's embedding says about one feature, before and after; values in min-max units."""

    case_id: str
    study_id: str
    patient_id: str
    split: str
    held_out: bool
    has_images: bool
    true: float
    decoded_pre: float
    decoded_ft: float
    error_change: float = Field(description="|decoded_ft - true| - |decoded_pre - true|; negative = closer after.")


class FeatureCases(Schema):
    """A feature's decoded-against-true table; the cases whose decoded value moved most come first."""

    analysis_id: str
    definition: FeatureDefinition
    row: RankingRow
    disagreement: list[str] = Field(default=[], description="Why paper and trust say different things, if they do.")
    cases: list[FeatureCase]


# --- jobs ------------------------------------------------------------------------------------------------------------


class SynthParams(Schema):
    """Write a synthetic cohort and import it."""

    kind: Literal["synth"] = "synth"
    cohort: str = Field(min_length=1, max_length=80)
    cases: int = Field(default=40, ge=1, le=2000)
    seed: int = Field(default=0, ge=0)


class ImportCasesParams(Schema):
    """Import images from a folder inside the allowed import roots."""

    kind: Literal["import_cases"] = "import_cases"
    cohort: str = Field(min_length=1, max_length=80)
    path: str = Field(min_length=1, max_length=1000)
    layout: Literal["auto", "picai", "dicom"] = "auto"
    clinical: str | None = Field(default=None, max_length=1000)


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
    scenario: str = "planted_all"
    seed: int = Field(default=0, ge=0)


class ExtractParams(Schema):
    """Extract radiomics of every accepted case."""

    kind: Literal["extract"] = "extract"
    cohort_id: str
    rois: list[Roi] = Field(default=["gland", "lesion"], min_length=1)
    settings: str = "paper"


class EncoderInput(Schema):
    """What the encoder sees of a case: voxels (z, y, x) and their spacing in mm."""

    size_zyx: tuple[int, int, int] = (64, 224, 224)
    spacing_zyx_mm: tuple[float, float, float] = (1.0, 0.5, 0.5)


class PretrainParams(Schema):
    """Pre-train an encoder on the cohort as a masked autoencoder, then embed every case with it."""

    kind: Literal["pretrain"] = "pretrain"
    cohort_id: str
    arch: str = "convnextv2-atto"
    input: EncoderInput = EncoderInput()
    epochs: int = Field(default=40, ge=1, le=5000)
    batch: int = Field(default=4, ge=1, le=256)
    lr: float = Field(default=1e-3, gt=0, le=1)
    seed: int = Field(default=0, ge=0)


class FinetuneParams(Schema):
    """Fine-tune a pre-trained encoder for a task, then embed every case with it."""

    kind: Literal["finetune"] = "finetune"
    cohort_id: str
    task: Literal["pirads", "lesion_seg", "volume"]
    encoder_id: str | None = Field(default=None, description="The pre encoder; null = the cohort's newest.")
    epochs: int = Field(default=100, ge=1, le=5000)
    batch: int = Field(default=4, ge=1, le=256)
    lr: float = Field(default=1e-3, gt=0, le=1)
    decoder_width: int = Field(default=512, ge=8, le=1024, description="Channels of the UPerNet (lesion_seg only).")
    cosine: bool = Field(default=False, description="Cosine decay of the learning rate after two warm-up epochs.")
    augment: bool = Field(default=False, description="Flips, small rotations and zooms, bias field.")
    seed: int = Field(default=0, ge=0)


class AnalyseParams(Schema):
    """Run the lens on pre and ft embeddings and the radiomics of one ROI."""

    kind: Literal["analyze"] = "analyze"
    cohort_id: str
    task: Task
    roi: Roi
    pre_encoder_id: str | None = None
    ft_encoder_id: str | None = None
    hidden: int = Field(default=128, ge=1, le=4096)
    epochs: int = Field(default=200, ge=1, le=5000)
    l1: float = Field(default=1e-6, ge=0)
    l2: float = Field(default=1e-5, ge=0)
    standardise_x: Literal["pre", "none"] = "pre"
    theta_on: Literal["train", "all"] = "train"
    bias: bool = False
    per_group_share: bool = False
    sweep: bool = False
    bootstrap: int = Field(default=200, ge=0, le=5000, description="Replicates of the trust block; 0 leaves it out.")
    folds: int = Field(default=5, ge=2, le=20)
    repeats: int = Field(default=3, ge=1, le=50)
    seed: int = Field(default=0, ge=0)


JobParams = Annotated[
    SynthParams
    | ImportCasesParams
    | ImportTablesParams
    | SynthTablesParams
    | ExtractParams
    | PretrainParams
    | FinetuneParams
    | AnalyseParams,
    Field(discriminator="kind"),
]


class JobSubmit(Schema):
    """A request for work; `after` lists jobs that must be done first."""

    params: JobParams
    after: list[str] = []


class Job(Schema):
    """A piece of work and how it is going."""

    id: str
    kind: str
    title: str
    state: JobState
    step: str
    done: int
    total: int
    attempts: int
    error: str
    params: dict[str, Any]
    result: dict[str, Any]
    depends_on: list[str]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds_left: float | None = Field(description="From the pace of the present step; null when unknown.")


class JobLogLine(Schema):
    """One line of a job's log."""

    id: int
    at: datetime
    level: str
    line: str


class JobPlan(Schema):
    """What a request would do, before it is made."""

    title: str
    sentences: list[str] = Field(description="What will happen, how long about, what is reused.")
    refusal: str | None = Field(description="Why it cannot be done, or null.")


# --- shares ----------------------------------------------------------------------------------------------------------


class ShareCreate(Schema):
    """A request for a link to a frozen snapshot."""

    analysis_id: str
    label: str = Field(default="", max_length=120)
    days: int = Field(default=14, ge=1, le=90)
    with_pictures: bool = Field(default=False, description="Case pictures; only after the burned-in text check.")


class Share(Schema):
    """A link as its owner sees it; the token itself is shown once, at creation."""

    id: str
    analysis_id: str
    label: str
    analysis_title: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    state: Literal["active", "expired", "revoked"]
    opened: int
    last_opened_at: datetime | None


class ShareCreated(Share):
    """The one answer that carries the link."""

    path: str = Field(description="`/s#TOKEN`, to be put behind the address of this server.")


class ShareOpen(Schema):
    """A share token, swapped for a cookie."""

    token: str = Field(min_length=16, max_length=200)


class SharedShift(Schema):
    """A key shift on the shared page; R2 is cross-validated where the trust block was computed, else the paper's."""

    label: str
    sentence: str
    modality: str
    i_pre: float
    i_ft: float
    delta_i: float
    r2_pre: float | None
    r2_ft: float | None
    effect: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    flag: Flag | None = None
    case: str | None = Field(description="Pseudonym of the example case.")
    picture: str | None = Field(description="Name of its picture, if pictures were allowed.")
    picture_alt: str


class SharedView(Schema):
    """The frozen snapshot a clinician sees: no ids, dates, paths or names of patients."""

    title: str
    sentences: list[str]
    cannot_say: list[str]
    shifts: list[SharedShift]
    groups: list[GroupRow]
    alerts: list[Alert]
    provenance: dict[str, str]
    expires_in_days: int


class Health(Schema):
    """Liveness and readiness."""

    status: Literal["ok"] = "ok"
    version: str

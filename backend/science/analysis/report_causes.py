"""The part of a report on causes, typed: what is used, new, lost, read of clinical columns, and where weights moved.

Numbers that are undefined are None.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroupUse:
    """What the head loses without a group (modality x class), as a share of its skill; `use` is what that says."""

    group: str
    used: float | None
    low: float | None
    high: float | None
    control: float | None  # what an average control loses
    use: str


@dataclass(frozen=True, slots=True)
class UseReport:
    """What the task's head uses; `head_given` is false where a linear head was cross-validated on the label."""

    label: str
    head_given: bool
    head_r2: float | None
    head_low: float | None
    head_high: float | None
    counts: Mapping[str, int]  # features by what erasing them says
    groups: tuple[GroupUse, ...]


@dataclass(frozen=True, slots=True)
class ShareReport:
    """A share of variance with its 95 % interval over patients."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A group (R2 of the axis from it) or a feature (its correlation with the axis)."""

    name: str
    value: float | None


@dataclass(frozen=True, slots=True)
class ColumnPart:
    """How an axis goes with a clinical column."""

    name: str
    correlation: float | None
    r2: float | None


@dataclass(frozen=True, slots=True)
class AxisReport:
    """One axis of new or lost content, its names, and the studies at its ends."""

    share: float | None
    radiomics: ShareReport
    groups: tuple[NamedPart, ...]
    features: tuple[NamedPart, ...]
    columns: tuple[ColumnPart, ...]
    low_end: tuple[str, ...]
    high_end: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContentReport:
    """What is new in the fine-tuned embedding, or lost from the pre-trained one, and what explains it."""

    headline: str
    unpredicted: float | None  # share of the embedding's variance that the other one does not predict
    own_unpredicted: float | None  # the same of the other embedding from itself
    axes_share: float | None  # share of what is not predicted that lies along the axes
    radiomics: ShareReport
    label: ShareReport | None
    rest: float | None
    axes: tuple[AxisReport, ...]


@dataclass(frozen=True, slots=True)
class ClinicalReport:
    """How well a clinical column is read from the embedding before and after fine-tuning."""

    name: str
    levels: tuple[str, ...]
    n_studies: int
    n_patients: int
    missing: int
    r2_pre: float | None
    r2_ft: float | None
    change: float | None
    low: float | None
    high: float | None
    reading: str
    sentence: str


@dataclass(frozen=True, slots=True)
class StageReport:
    """How much the weights of one stage of the encoder changed."""

    stage: str
    n_weights: int
    relative_change: float | None
    effective_rank: float | None
    rank_share: float | None

"""The trust part of a report, typed. Numbers that are undefined are None.

Fields that only reports of version 1 have, or only those of version 2, have a default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from backend.science.analysis.report_causes import ClinicalReport, ContentReport, StageReport, UseReport
from backend.science.analysis.report_rows import RankingRow

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class PerStage(Generic[Value]):
    """One value before fine-tuning and one after."""

    pre: Value
    ft: Value


@dataclass(frozen=True, slots=True)
class FlaggedRankings:
    """Features that the trust block flags, largest effect first."""

    stronger: tuple[RankingRow, ...]
    weaker: tuple[RankingRow, ...]
    label_borne: tuple[RankingRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RankStability:
    """Agreement of delta I between random halves of the patients, as means over `halvings`."""

    spearman: float | None
    top20_overlap: float | None
    halvings: int


@dataclass(frozen=True, slots=True)
class SwappedGroup:
    """The mean delta I of a group by the paper's projection, and by one fitted on the fine-tuned embedding."""

    group: str
    delta_i: float | None
    swap_delta_i: float | None
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class DecoderSummary:
    """Another decoder beside the ridge; `repeats` of its folds in version 1."""

    r2_median_pre: float | None
    r2_median_ft: float | None
    r2_median_ridge_pre: float | None
    r2_median_ridge_ft: float | None
    shared_change: float | None
    delta_r2_spearman: float | None
    seconds: float
    repeats: int | None = None


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What was decoded given: the label with its kind, and how far it carries the changes."""

    label: tuple[str, ...]  # `pirads (4 classes)`
    shared_change_given_label: float | None
    label_borne_groups: tuple[str, ...]  # modality x class groups with the flag
    n_label_borne: int  # features with the flag


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """The effect of a group (modality x class): over all runs, and of each run alone."""

    group: str
    effect: float | None
    ci_low: float | None
    ci_high: float | None
    flag: str
    by_run: tuple[float, ...]
    n_runs_agree: int


@dataclass(frozen=True, slots=True)
class RunsReport:
    """Several runs of one recipe, or control runs on shuffled labels, as groups see them."""

    n_runs: int
    tables: tuple[str, ...]  # names of the embedding tables, one a run
    flags: Mapping[str, int]  # features by flag
    groups: tuple[GroupEffect, ...]


@dataclass(frozen=True, slots=True)
class TrustReport:
    """The trust block as a whole.

    `shared_change` is the change of R2 that all features share, relative to R2 before; None where too few can be
    decoded. `flags` counts features by flag. `representation` is the value of each measure of the embedding.
    `replicates` is the number of bootstrap samples of version 1, None since then: errors are a jackknife over patients.
    """

    shared_change: float | None
    shared_change_se: float | None
    permutation_floor: float
    flags: Mapping[str, int]
    median_se: float | None
    rankings: FlaggedRankings
    decoders: Mapping[str, DecoderSummary]
    representation: Mapping[str, float | None]
    stability: RankStability
    swap: tuple[SwappedGroup, ...]
    replicates: int | None = None
    penalty: float | None = None
    chance_r2: PerStage[float] | None = None
    variance_ratio: float | None = None  # of the jackknife's variance, for features
    group_variance_ratio: float | None = None
    covariates: tuple[str, ...] = ()
    label: LabelReport | None = None
    runs: RunsReport | None = None
    controls: RunsReport | None = None
    use: UseReport | None = None
    new_content: ContentReport | None = None
    lost_content: ContentReport | None = None
    clinical: tuple[ClinicalReport, ...] = ()
    clinical_left_out: tuple[str, ...] = ()
    weights_by_stage: tuple[StageReport, ...] = ()  # where the weights of both encoders were at hand

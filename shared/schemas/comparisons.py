"""Which changes analyses of the same patients share, and which are one's own."""

from datetime import datetime
from typing import Literal

from pydantic import AliasChoices, Field

from shared.schemas.base import Roi, Schema, Task
from shared.schemas.trusted import Flag

Verdict = Literal[
    "shared_stronger",
    "shared_weaker",
    "opposite",
    "specific_first",
    "specific_second",
    "differs",
    "unclear",
    "neither",
    "not_decodable",
]
"""`shared_*`: flagged the same way in both. `opposite`: flagged in both, with opposite signs. `specific_*`: flagged in
one, and the difference is shown. `unclear`: flagged in one, but a difference is not shown. `differs`: flagged in
neither, but a difference is shown. A difference needs q <= 0.10 and more than 0.03."""


class Compared(Schema):
    """Two effects of one feature or group, and their difference, leaving the same patient out of both.

    `r2_*` are held out and above chance; `low_*`, `high_*`: 95 % interval of each effect; `difference` is second less
    first.
    """

    effect_first: float
    low_first: float
    high_first: float
    flag_first: Flag
    r2_pre_first: float
    r2_ft_first: float
    effect_second: float
    low_second: float
    high_second: float
    flag_second: Flag
    r2_pre_second: float
    r2_ft_second: float
    difference: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    q: float | None = Field(
        description="Null where no difference of the group is shown, so none of its features is tested."
    )
    verdict: Verdict


class ComparedRow(Compared):
    """One feature in two analyses; `first` and `second` are places in the comparison's `members`."""

    first: int
    second: int
    feature: str
    label: str
    modality: str
    image_type: str
    feature_class: str
    feature_name: str


class ComparedGroup(Compared):
    """One group of features in two analyses."""

    grouping: Literal["class", "image_type", "modality", "modality_class", "overall"]
    group: str
    n_features: int


class AgreementCell(Schema):
    """How many features carry one flag in the first and another in the second analysis."""

    first_flag: Flag
    second_flag: Flag
    n: int


class ComparedPair(Schema):
    """Two analyses; `correlation` is Pearson's of effects over features decodable in either."""

    first: int
    second: int
    agreement: list[AgreementCell]
    verdicts: dict[str, int]
    n_correlated: int
    correlation: float | None
    correlation_low: float | None
    correlation_high: float | None
    true_correlation: float | None = Field(
        description="With errors of measurement taken out; null where effects do not spread beyond their errors."
    )
    true_low: float | None
    true_high: float | None
    groups: list[ComparedGroup]


class ComparedAnalysis(Schema):
    """One of the analyses compared, with its own size."""

    analysis_id: str
    task: Task
    roi: Roi
    label: str
    n_studies: int
    n_patients: int
    shared_change: float | None = Field(validation_alias=AliasChoices("shared_change", "b"))


class Comparison(Schema):
    """Analyses of one cohort read together; `n_*` are what they have in common."""

    id: str
    cohort_id: str
    cohort_name: str
    members: list[ComparedAnalysis]
    n_studies: int
    n_patients: int
    n_features: int
    created_at: datetime


class ComparisonDetail(Comparison):
    """A comparison with its answer in words, and every pair."""

    sentences: list[str]
    notes: list[str] = Field(description="What was left out, and why.")
    replicates: int | None = Field(default=None, description="Of comparisons by bootstrap; else null.")
    recomputed: bool = Field(description="Whether the analyses were decoded anew, on the patients they share.")
    seed: int
    pairs: list[ComparedPair]

"""What stands behind one feature's line."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Roi, Schema, Task
from shared.schemas.rankings import RankingRow


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
    total: int = Field(default=0, description="Cases there are, whatever the limit.")
    next_cursor: str | None = None


class PatientInfluence(Schema):
    """How much one patient carries the effect: by how much it falls when this patient is left out."""

    patient_id: str
    carries: float


class EvidencePoint(Schema):
    """One study: true and decoded value as normal scores, decoded while its patient was held out."""

    case_id: str
    study_id: str
    patient_id: str
    split: str
    has_images: bool
    true: float
    decoded_pre: float
    decoded_ft: float
    gain: float = Field(description="This study's share of ΔR²: positive where it is decoded better after.")


class Reason(Schema):
    """One thing that can make ΔI and the trust effect differ; `applies` says whether it does here."""

    code: Literal["weights", "scale", "noise", "drift", "swap", "shared", "label", "runs"]
    title: str
    sentence: str
    value: float | None
    applies: bool


class Disagreement(Schema):
    """What paper and trust say about one feature, and all eight reasons in a fixed order."""

    disagrees: bool
    headline: str
    reasons: list[Reason]


class RoiEvidence(Schema):
    """How good the regions are that the feature was measured in."""

    n_studies: int
    n_flagged: int
    sentences: list[str]


class FeatureEvidence(Schema):
    """Everything that speaks for or against the trust numbers of one feature."""

    analysis_id: str
    task: Task
    roi: Roi
    definition: FeatureDefinition
    row: RankingRow
    n_studies: int
    n_patients: int
    shared_change: float | None = Field(description="The relative change of decodability that all features share.")
    shared_change_low: float | None
    shared_change_high: float | None
    control_floor: float
    margin: float
    version: Literal[1, 2] = Field(description="1 rests on a bootstrap and keeps no influence.")
    by_run: list[float] = Field(description="The effect of each fine-tuning run alone; empty in version 1.")
    influence: list[PatientInfluence] = Field(
        description="Patients that carry most of the effect first; empty above 2 000, who are left out in groups."
    )
    points: list[EvidencePoint]
    repeatable: bool | None = Field(description="ICC of at least 0.75; null where no ICC is known.")
    disagreement: Disagreement
    quality: RoiEvidence

"""What stands behind one feature's line."""

from pydantic import Field

from shared.schemas.base import Schema
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

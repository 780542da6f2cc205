"""Examples: patients in whom a feature is low, in the middle and high, with pictures."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Modality, Roi, Schema

Place = Literal["low", "middle", "high"]


class FeatureExample(Schema):
    """One patient's study, and where its pictures lie; all examples of a feature are drawn at one scale."""

    place: Place
    case_id: str
    study_id: str
    value: float = Field(description="The feature as it was measured.")
    percentile: float = Field(description="0 to 100, among the studies of the analysis.")
    volume_ml: float | None = Field(description="Volume of the region.")
    k: int = Field(description="The slice shown: that with most of the region.")
    signed: str = Field(description="The signed claim in the addresses; it lives for half an hour at most.")
    picture: str = Field(description="Address of a PNG: the region in its image, outlined, with a scale bar.")
    map_picture: str | None = Field(description="The same with the map of the feature; null where there is none.")


class FeatureExamples(Schema):
    """Examples of one feature of an analysis; empty where no study has images, such as of imported tables."""

    analysis_id: str
    feature: str
    label: str
    modality: Modality
    roi: Roi
    unit: str = Field(description="Of the values and of the map; empty where there is none.")
    has_map: bool
    sentence: str = Field(description="What to know of the maps, or why there is none; may be empty.")
    low: float | None = Field(description="The value of a map's first colour, shared by all examples; null without.")
    high: float | None = Field(description="The value of its last colour.")
    settings_hash: str | None = Field(description="Of the radiomics settings that the maps are made with.")
    examples: list[FeatureExample]

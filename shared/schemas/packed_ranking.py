"""A whole ranking as columns, small enough to be sent at once and held by a browser."""

from pydantic import Field

from shared.schemas.base import Schema


class PackedRanking(Schema):
    """Every feature of an analysis, a column a list, all of one length and in the order of trust.

    The order is that of `/analyses/{id}/ranking` with `sort=trust`; `rank_paper` gives the paper's. Numbers keep as
    many digits as their texts need: three decimals of R², three significant digits of an importance.
    """

    analysis_id: str
    feature: list[str]
    label: list[str]
    words: list[str] = Field(description="The feature itself in words: the label without class, modality and filter.")
    modality: list[str]
    image_type: list[str]
    feature_class: list[str]
    feature_name: list[str]
    flag: list[str | None]
    use: list[str | None] = Field(description="Whether the task uses it.")
    numbers: dict[str, list[float | None]] = Field(
        description="Fields of `RankingRow`; one that is null for every feature is left out."
    )

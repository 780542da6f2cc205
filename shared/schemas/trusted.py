"""The trust block's numbers."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Schema


class TrustSummary(Schema):
    """The trust block of an analysis as a whole."""

    b: float | None = Field(description="The relative change of decodability that all features share.")
    control_floor: float = Field(description="R2 that features of the wrong patients reach.")
    replicates: int = Field(description="Cluster-bootstrap replicates.")
    flags: dict[str, int] = Field(description="How many features carry which flag.")
    representation: dict[str, float | None]
    stability_spearman: float | None = Field(description="Rank agreement of ΔI between halves of the patients.")
    stability_top20: float | None


class RepresentationRow(Schema):
    """One measure of how far the embedding as a whole moved; context only, it says nothing of any feature."""

    measure: str
    value: float | None


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

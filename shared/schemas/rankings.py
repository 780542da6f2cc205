"""The lines of ranking.csv and groups.csv."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.schemas.trusted import Trusted

LABEL_COLUMNS = ("effect_given_label", "given_label_low", "given_label_high", "label_borne", "label_borne_q")
USE_COLUMNS = ("used", "used_low", "used_high")


class RankingRow(Trusted):
    """One feature of the ranking; `i` is the norm of its decoder weights.

    `paper_*` and in-sample scores belong to the paper's decoders; `r2_pre`, `r2_ft` are held out and above chance.
    """

    FIRST_COLUMNS: ClassVar[tuple[str, ...]] = (
        *("feature", "modality", "image_type", "feature_class", "feature_name"),
        *("i_pre", "i_ft", "delta_i", "rank_paper"),
        *("r2_pre", "r2_ft", "delta_r2", "selective_delta", "se", "ci_low", "ci_high"),
        *("chance_r2_pre", "chance_r2_ft", "effect_shrunk", "shrunk_low", "shrunk_high"),
        *LABEL_COLUMNS,
        *("n_runs", "n_runs_agree"),
        *USE_COLUMNS,
        *("p", "q", "flag", "control_floor", "explained_sd_pre", "explained_sd_ft", "effect"),
    )

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
    chance_r2_pre: float | None = Field(default=None, description="R2 that chance reaches; `r2_pre` is above it.")
    chance_r2_ft: float | None = None
    effect_shrunk: float | None = Field(default=None, description="The effect read with its group; from 80 patients.")
    shrunk_low: float | None = None
    shrunk_high: float | None = None
    explained_sd_pre: float | None = None
    explained_sd_ft: float | None = None
    control_floor: float | None = None
    delta_r2_low: float | None = None
    delta_r2_high: float | None = None
    swap_delta_i: float | None = Field(default=None, description="ΔI with the projection trained on ft instead.")
    icc: float | None = Field(default=None, description="Repeatability, where a table was given.")
    r2_pre_kernel: float | None = None
    r2_ft_kernel: float | None = None
    r2_pre_elastic_net: float | None = None
    r2_ft_elastic_net: float | None = None


class GroupRow(Trusted):
    """One line of groups.csv: `r2_*` and `mse_*` are the paper's table, `trust_r2_*` are held out and above chance."""

    FIRST_COLUMNS: ClassVar[tuple[str, ...]] = (
        *("grouping", "group", "n_features", "mse_pre", "mse_ft", "r2_pre", "r2_ft", "v_pre", "v_ft"),
        *("r2_in_sample_pre", "r2_in_sample_ft", "mse_minmax_pre", "mse_minmax_ft"),
        *("delta_r2", "selective_delta", "ci_low", "ci_high"),
        *LABEL_COLUMNS,
        *USE_COLUMNS,
        *("q", "flag"),
    )

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

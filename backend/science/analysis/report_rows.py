"""Rows of ranking.csv and groups.csv as they stand in a report.

Fields have the names and the order of the columns. Fields with a default belong to the trust block (`icc`: to a
repeatability table) and are None without it; `further` holds the columns of other decoders and counts of flags.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingRow:
    """A feature with its importances, its held-out scores by the paper's decoders and its trust numbers."""

    feature: str
    modality: str
    image_type: str
    feature_class: str
    feature_name: str
    i_pre: float
    i_ft: float
    delta_i: float
    rank_paper: int
    r2_pre: float | None = None
    r2_ft: float | None = None
    delta_r2: float | None = None
    selective_delta: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    chance_r2_pre: float | None = None
    chance_r2_ft: float | None = None
    effect_shrunk: float | None = None
    shrunk_low: float | None = None
    shrunk_high: float | None = None
    effect_given_label: float | None = None
    given_label_low: float | None = None
    given_label_high: float | None = None
    label_borne: float | None = None
    label_borne_q: float | None = None
    n_runs: int | None = None
    n_runs_agree: int | None = None
    used: float | None = None
    used_low: float | None = None
    used_high: float | None = None
    p: float | None = None
    q: float | None = None
    flag: str | None = None
    control_floor: float | None = None
    explained_sd_pre: float | None = None
    explained_sd_ft: float | None = None
    effect: float | None = None
    paper_r2_pre: float | None
    paper_r2_ft: float | None
    paper_mse_pre: float | None
    paper_mse_ft: float | None
    paper_r2_in_sample_pre: float | None
    paper_r2_in_sample_ft: float | None
    paper_mse_minmax_pre: float | None
    paper_mse_minmax_ft: float | None
    delta_r2_low: float | None = None
    delta_r2_high: float | None = None
    swap_delta_i: float | None = None
    use: str | None = None
    further: Mapping[str, float | None] = field(default_factory=dict)
    icc: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """Means over the features of a group; `r2_pre` and `r2_ft` are held out, of the paper's decoders."""

    grouping: str
    group: str
    n_features: int
    mse_pre: float | None
    mse_ft: float | None
    r2_pre: float | None
    r2_ft: float | None
    v_pre: float | None
    v_ft: float | None
    r2_in_sample_pre: float | None
    r2_in_sample_ft: float | None
    mse_minmax_pre: float | None
    mse_minmax_ft: float | None
    delta_r2: float | None = None
    selective_delta: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    effect_given_label: float | None = None
    given_label_low: float | None = None
    given_label_high: float | None = None
    label_borne: float | None = None
    label_borne_q: float | None = None
    used: float | None = None
    used_low: float | None = None
    used_high: float | None = None
    q: float | None = None
    flag: str | None = None
    r2_median_pre: float | None
    r2_median_ft: float | None
    i_pre: float
    i_ft: float
    delta_i: float
    trust_r2_pre: float | None = None
    trust_r2_ft: float | None = None
    effect: float | None = None
    se: float | None = None
    delta_r2_low: float | None = None
    delta_r2_high: float | None = None
    swap_delta_i: float | None = None
    use: str | None = None
    further: Mapping[str, float | None] = field(default_factory=dict)


Row = TypeVar("Row", RankingRow, GroupRow)


def row_of(kind: type[Row], record: Mapping[str, Any]) -> Row:
    """A row from its columns; trust columns may be absent. Raises KeyError where another column is."""
    known = [one for one in fields(kind) if one.name != "further"]
    names = {one.name for one in known}
    optional = {one.name for one in known if one.default is None}
    further = {name: value for name, value in record.items() if name not in names}
    return kind(**{name: record[name] for name in names if name in record or name not in optional}, further=further)

"""The trust block as the report has it: its numbers as a whole, flagged features, groups by both projections."""

import numpy as np
import pandas as pd

from backend.science.analysis.json_ready import json_ready
from backend.science.analysis.report import (
    DecoderSummary,
    FlaggedRankings,
    RankStability,
    SwappedGroup,
    TrustReport,
)
from backend.science.analysis.report_rows import RankingRow, row_of
from backend.science.trust.block import Trust
from backend.science.trust.change import count_flags

LISTED = 10
"""Flagged features listed in either direction."""


def trust_report(trust: Trust, ranking: pd.DataFrame, groups: pd.DataFrame) -> TrustReport:
    """The trust part of the report; `ranking` and `groups` are the tables with the trust columns."""
    evidence = trust.features.evidence
    return TrustReport(
        shared_change=_defined(trust.shared_change),
        shared_change_se=_defined(trust.comparison.shared_change_se),
        permutation_floor=float(trust.permutation_floor),
        flags=count_flags(evidence.flag),
        replicates=len(trust.replicates),
        median_se=_defined(float(np.median(evidence.se))),
        rankings=_flagged(ranking),
        decoders={one.name: DecoderSummary(**json_ready(one.record(trust.features))) for one in trust.others},
        representation={measure: _defined(value) for measure, value in trust.representation.items()},
        stability=RankStability(
            _defined(trust.stability.spearman), _defined(trust.stability.top20_overlap), trust.stability.halvings
        ),
        swap=_swapped(groups),
    )


def _flagged(ranking: pd.DataFrame) -> FlaggedRankings:
    """Flagged features, largest effect first."""
    stronger, weaker = (ranking[ranking["flag"] == flag] for flag in ("stronger", "weaker"))
    return FlaggedRankings(
        _rows(stronger.sort_values("effect", ascending=False, kind="stable")),
        _rows(weaker.sort_values("effect", kind="stable")),
    )


def _rows(ranking: pd.DataFrame) -> tuple[RankingRow, ...]:
    return tuple(row_of(RankingRow, json_ready(row)) for row in ranking.head(LISTED).to_dict("records"))


def _swapped(groups: pd.DataFrame) -> tuple[SwappedGroup, ...]:
    """Modality x class groups: the paper's mean delta I beside the swapped one."""
    rows = groups[groups["grouping"] == "modality_class"]
    return tuple(
        SwappedGroup(str(group), _defined(paper), _defined(swapped), _agree(paper, swapped))
        for group, paper, swapped in zip(rows["group"], rows["delta_i"], rows["swap_delta_i"], strict=True)
    )


def _agree(paper: float, swapped: float) -> bool | None:
    """Whether both have the same sign; None where one is undefined."""
    both = paper * swapped
    return bool(both >= 0) if np.isfinite(both) else None


def _defined(value: float) -> float | None:
    """The number, or None where it is NaN or infinite."""
    return float(value) if np.isfinite(value) else None

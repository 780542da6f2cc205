"""The trust block as the report has it: its numbers as a whole, flagged features, groups by both projections."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from backend.science.analysis.build_causes_report import clinical_report, content_report, defined, use_report
from backend.science.analysis.json_ready import json_ready
from backend.science.analysis.report_rows import RankingRow, row_of
from backend.science.analysis.report_trust import (
    DecoderSummary,
    FlaggedRankings,
    GroupEffect,
    LabelReport,
    PerStage,
    RankStability,
    RunsReport,
    SwappedGroup,
    TrustReport,
)
from backend.science.trust.block import Trust
from backend.science.trust.groupings import count_flags
from backend.science.trust.jackknife.decoding_change import DecodingChange

LISTED = 10
"""Flagged features listed in either direction."""


DIRECTIONS = {"stronger": ("stronger", "probable_stronger", "kept"), "weaker": ("weaker", "probable_weaker")}
"""The flags of either direction."""


@dataclass(frozen=True, slots=True)
class ContextNames:
    """What the tables and columns of an analysis are called, for its report."""

    runs: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()


def trust_report(trust: Trust, names: ContextNames, ranking: pd.DataFrame, groups: pd.DataFrame) -> TrustReport:
    """The trust part of the report; `ranking` and `groups` are the tables with the trust columns."""
    changes, change = trust.features, trust.change
    return TrustReport(
        shared_change=defined(trust.shared_change),
        shared_change_se=defined(change.shared_change_se),
        permutation_floor=float(trust.permutation_floor),
        flags=count_flags(changes.flag),
        median_se=defined(float(np.median(changes.se))),
        rankings=_flagged(ranking),
        decoders={one.name: DecoderSummary(**json_ready(one.record(changes))) for one in trust.others},
        representation={measure: defined(value) for measure, value in trust.representation.items()},
        stability=RankStability(
            defined(trust.stability.spearman), defined(trust.stability.top20_overlap), trust.stability.halvings
        ),
        swap=_swapped(groups),
        penalty=change.penalty,
        chance_r2=PerStage(float(change.chance_r2[0]), float(change.chance_r2[1:].mean())),
        variance_ratio=change.evidence.ratio,
        group_variance_ratio=change.evidence.group_ratio,
        covariates=names.covariates,
        label=_label(change, names.label),
        runs=_runs(change, names.runs) if change.n_runs > 1 else None,
        controls=None if trust.controls is None else _runs(trust.controls, names.controls),
        use=use_report(trust.causes.use, names.label[0] if names.label else ""),
        new_content=content_report(trust.causes.new),
        lost_content=content_report(trust.causes.lost),
        clinical=clinical_report(trust.causes.clinical),
        clinical_left_out=trust.causes.clinical.left_out,
    )


def _label(change: DecodingChange, words: tuple[str, ...]) -> LabelReport | None:
    if change.given_label is None:
        return None
    borne = zip(change.group_names, change.groups.flag.tolist(), strict=True)
    return LabelReport(
        label=words,
        shared_change_given_label=defined(float(change.given_label.estimates.shared.value[0])),
        label_borne_groups=tuple(name for name, flag in borne if flag == "label_borne"),
        n_label_borne=int((change.features.flag == "label_borne").sum()),
    )


def _runs(change: DecodingChange, tables: tuple[str, ...]) -> RunsReport:
    groups, (low, high) = change.groups, change.groups.interval
    return RunsReport(
        n_runs=change.n_runs,
        tables=tables,
        flags=count_flags(change.features.flag),
        groups=tuple(
            GroupEffect(
                group=name,
                effect=defined(float(groups.effect.value[g])),
                ci_low=defined(float(low[g])),
                ci_high=defined(float(high[g])),
                flag=str(groups.flag[g]),
                by_run=tuple(groups.effect.by_run[:, g].tolist()),
                n_runs_agree=int(groups.n_runs_agree[g]),
            )
            for g, name in enumerate(change.group_names)
        ),
    )


def _flagged(ranking: pd.DataFrame) -> FlaggedRankings:
    """Flagged features, largest effect first."""
    stronger, weaker = (ranking[ranking["flag"].isin(DIRECTIONS[flag])] for flag in ("stronger", "weaker"))
    borne = ranking[ranking["flag"] == "label_borne"]
    return FlaggedRankings(
        _rows(stronger.sort_values("effect", ascending=False, kind="stable")),
        _rows(weaker.sort_values("effect", kind="stable")),
        _rows(borne.sort_values("effect", ascending=False, kind="stable")),
    )


def _rows(ranking: pd.DataFrame) -> tuple[RankingRow, ...]:
    return tuple(row_of(RankingRow, json_ready(row)) for row in ranking.head(LISTED).to_dict("records"))


def _swapped(groups: pd.DataFrame) -> tuple[SwappedGroup, ...]:
    """Modality x class groups: the paper's mean delta I beside the swapped one."""
    rows = groups[groups["grouping"] == "modality_class"]
    return tuple(
        SwappedGroup(str(group), defined(paper), defined(swapped), _agree(paper, swapped))
        for group, paper, swapped in zip(rows["group"], rows["delta_i"], rows["swap_delta_i"], strict=True)
    )


def _agree(paper: float, swapped: float) -> bool | None:
    """Whether both have the same sign; None where one is undefined."""
    both = paper * swapped
    return bool(both >= 0) if np.isfinite(both) else None

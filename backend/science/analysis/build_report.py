"""Builds the report of an analysis: what went in, what was chosen, what came out, and what to be careful about."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from backend.science.alert import Alert
from backend.science.analysis.build_trust_report import ContextNames, trust_report
from backend.science.analysis.json_ready import json_ready
from backend.science.analysis.report import (
    BestClass,
    IccCounts,
    InputTable,
    ModalityRow,
    OwnShare,
    PaperRankings,
    Report,
    Seeds,
    SideCount,
    Split,
)
from backend.science.analysis.report_rows import GroupRow, RankingRow, row_of
from backend.science.analysis.report_trust import PerStage
from backend.science.analysis.result import Decoders
from backend.science.lens.fit import Problem
from backend.science.lens.projection import SweepPoint
from backend.science.lens.scores import best_class_by_modality, table1, three_rankings
from backend.science.lens.settings import LensSettings
from backend.science.tables.split import TEST, TRAIN, VAL
from backend.science.tables.types import Embeddings, Radiomics
from backend.science.trust.block import Trust
from backend.science.trust.icc import icc_summary

PACKAGES = ("radiomiclens", "numpy", "pandas", "torch")
WORDING = (
    "ΔI is the change of a weight norm, not of explanatory power.",
    "Decodable means carried by the embedding; it does not mean that the network uses it.",
    "A lower R² after fine-tuning is no evidence of specialisation by itself.",
)
ONE_RUN = (
    "One fine-tuning run is one draw: the intervals say whether this checkpoint changed, not whether the recipe would "
    "change it again."
)
NO_LABEL = (
    "The label rides along: a fine-tuned embedding carries its label, so features that go with it are decoded better "
    "although nothing of them was learned. Give the label to tell the two apart."
)
PAPER_TABLE = "The paper's R² can fall although nothing was lost: its shared projection was fitted before fine-tuning."


@dataclass(frozen=True, slots=True)
class Findings:
    """What an analysis found: decoders, tables, alerts, fits, the trust block, and the seconds of each step."""

    decoders: Decoders
    ranking: pd.DataFrame
    groups: pd.DataFrame
    alerts: Sequence[Alert]
    shares: Sequence[OwnShare]
    sweep: Sequence[SweepPoint]
    trust: Trust | None
    names: ContextNames
    seconds: Mapping[str, float]


def build_report(
    settings: LensSettings,
    inputs: Mapping[str, Embeddings | Radiomics],
    problem: Problem,
    split_given: bool,
    found: Findings,
) -> Report:
    """The report of one analysis. `inputs` are the tables by name: pre, ft, radiomics."""
    cohort, decoders, trust = problem.cohort, found.decoders, found.trust
    live = decoders.live_units
    condition = json_ready([decoders.pre.condition_number, decoders.ft.condition_number])
    return Report(
        task=settings.task,
        roi=settings.roi,
        n_studies=len(cohort.study_id),
        n_patients=cohort.n_patients,
        n_features=len(cohort.features),
        hidden=settings.hidden,
        width=cohort.x_pre.shape[1],
        n_theta=len(decoders.study_id),
        modalities=tuple(dict.fromkeys(feature.modality for feature in cohort.features)),
        split=_split(problem, split_given, settings.seed),
        trust=None if trust is None else trust_report(trust, found.names, found.ranking, found.groups),
        icc=_icc_counts(found.ranking),
        live_units=PerStage(live["pre"], live["ft"]),
        rank=PerStage(decoders.pre.rank, decoders.ft.rank),
        condition_number=PerStage(*condition),
        alerts=tuple(found.alerts),
        wording=wording(trust),
        dropped=cohort.dropped,
        caption=caption(settings, len(cohort.study_id), cohort.n_patients, split_given),
        table1=tuple(row_of(GroupRow, row) for row in _records(table1(found.groups))),
        fig2=_best_class(found.groups),
        rankings=_paper_rankings(found.ranking),
        shares=tuple(found.shares),
        sweep=tuple(found.sweep),
        settings=settings,
        seeds=Seeds(None if split_given else settings.seed, settings.seed, None if trust is None else settings.seed),
        versions={"python": platform.python_version(), **{package: version(package) for package in PACKAGES}},
        inputs={name: _input(table) for name, table in inputs.items()},
        timings=dict(found.seconds),
    )


def wording(trust: Trust | None) -> tuple[str, ...]:
    """What every reader must know, and what holds for this analysis."""
    if trust is None:
        return (*WORDING, PAPER_TABLE)
    own = [ONE_RUN] if trust.change.n_runs == 1 else []
    own += [NO_LABEL] if trust.change.given_label is None else []
    return (*WORDING, *own, PAPER_TABLE)


def caption(settings: LensSettings, n_studies: int, n_patients: int, split_given: bool) -> str:
    """How Table 1 was computed, in words, for under the table."""
    split = "the given split" if split_given else f"7:1:2 by patient, seed {settings.seed}"
    share = "one shared projection a row" if settings.per_group_share else "one shared projection for all features"
    return (
        f"R² and MSE of closed-form decoders on held-out patients ({split}); {n_studies} studies, {n_patients} "
        "patients. "
        f"Targets z-scored by training statistics, plain mean of per-feature values; {share}, hidden width "
        f"{settings.hidden}, batch {settings.batch_size}, Adam, {settings.epochs} epochs, l1 {settings.l1:g}, "
        f"l2 {settings.l2:g}, embeddings standardised: {settings.standardise_x}, bias: "
        f"{'yes' if settings.bias else 'no'}, "
        f"importances solved on {settings.theta_on} studies."
    )


def _split(problem: Problem, given: bool, seed: int) -> Split:
    source = "given" if given else f"7:1:2 by patient, seed {seed}"
    train, val, test = (_side(problem, side) for side in (TRAIN, VAL, TEST))
    return Split(source, train, val, test)


def _side(problem: Problem, side: str) -> SideCount:
    rows = np.flatnonzero(problem.rows(side))
    return SideCount(len(rows), len({problem.cohort.patient_id[row] for row in rows}))


def _icc_counts(ranking: pd.DataFrame) -> IccCounts | None:
    if "icc" not in ranking:
        return None
    return IccCounts(**icc_summary(dict(zip(ranking["feature"], ranking["icc"], strict=True))))


def _best_class(groups: pd.DataFrame) -> BestClass:
    best, by_modality = best_class_by_modality(groups)
    rows = _records(by_modality.drop(columns="modality"))
    return BestClass(
        best,
        tuple(
            ModalityRow(modality, row_of(GroupRow, row))
            for modality, row in zip(by_modality["modality"], rows, strict=True)
        ),
    )


def _paper_rankings(ranking: pd.DataFrame) -> PaperRankings:
    return PaperRankings(
        **{
            name: tuple(row_of(RankingRow, row) for row in _records(frame))
            for name, frame in three_rankings(ranking).items()
        }
    )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as plain Python values, None where a number is undefined."""
    return [json_ready(row) for row in frame.to_dict("records")]


def _input(table: Embeddings | Radiomics) -> InputTable:
    return InputTable(
        name=table.name,
        sha256=table.file_sha256,
        content_sha256=table.content_sha256(),
        studies=len(table.study_id),
        columns=len(table.columns),
        ignored_columns=tuple(table.ignored),
    )

"""The matrix of several analyses, read from their stored effects: nothing is decoded again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import BadSettings, NotFound
from backend.models import Analysis, AnalysisFeature, AnalysisGroup
from backend.queries.protocol_words import task_words
from backend.queries.stored_report import report_of
from backend.science.analysis.report import Report
from backend.science.tables import glossary
from backend.science.tables.feature_names import FeatureName
from backend.storage.database import Database
from shared import schemas as s

FEWEST, MOST = 2, 8
UP, DOWN = {"stronger", "probable_stronger", "kept"}, {"weaker", "probable_weaker"}
UNREAD = {"not_decodable", "underpowered", "too_few"}
FEWEST_CORRELATED = 3
UNKNOWN = "One of these analyses does not exist; the Overview page lists them all."


@dataclass(frozen=True, slots=True)
class _Column:
    """One analysis: its row and report, and its cells by the name of a group or feature."""

    row: Analysis
    report: Report
    label: str
    cells: Mapping[str, s.MatrixCell]
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def lineage(self) -> tuple[object, ...] | None:
        """What replicates share; None for one run alone and for controls."""
        tuned = self.row.ft_encoder
        if tuned.recipe_id is None or tuned.control is not None:
            return None
        measured = None if self.report.cohort is None else self.report.cohort.extraction
        of_whom = (self.row.cohort_id, self.row.settings.get("where"), self.row.task, self.row.roi, str(measured))
        return (tuned.recipe_id, *of_whom, bool(self.row.settings.get("runs")))


def comparison_matrix(
    database: Database, analysis_ids: Sequence[str], by: s.MatrixBy, limit: int | None = None
) -> s.ComparisonMatrix:
    """Two to eight analyses beside each other. Raises BadSettings for another number, NotFound for unknown ones.

    Each is read by itself: eight large ones take seconds, and with a rollback journal a reader holds up every writer.
    """
    if not FEWEST <= len(analysis_ids) <= MOST or len(set(analysis_ids)) < len(analysis_ids):
        raise BadSettings(f"A matrix compares {FEWEST} to {MOST} different analyses; {len(analysis_ids)} were named.")
    with database.read() as session:
        known = session.scalars(select(Analysis.id).where(Analysis.id.in_(analysis_ids))).all()
    if len(known) < len(analysis_ids):
        raise NotFound(UNKNOWN)
    read = [_read(database, one, by) for one in analysis_ids]
    columns, features = [one for one, _ in read], [one for _, one in read]
    names = list(dict.fromkeys(name for column in columns for name in column.cells))
    matrix = [_row(name, columns) for name in names]
    matrix.sort(key=lambda row: (-_largest(row), row.name))
    return s.ComparisonMatrix(
        by=by,
        members=[_member(column, columns[0]) for column in columns],
        rows=matrix if limit is None else matrix[:limit],
        total=len(matrix),
        pairs=[_pair(features, first, second) for first in range(len(read)) for second in range(first + 1, len(read))],
    )


def matrix_lines(found: s.ComparisonMatrix) -> list[s.MatrixLine]:
    """The matrix as lines of a table, one a cell."""
    return [
        s.MatrixLine(
            name=row.name,
            label=row.label,
            analysis=member.label,
            analysis_id=member.analysis_id,
            n_patients=member.n_patients,
            agreement=row.agreement,
            **cell.model_dump(),
        )
        for row in found.rows
        for member, cell in zip(found.members, row.cells, strict=True)
    ]


def _read(database: Database, analysis_id: str, by: s.MatrixBy) -> tuple[_Column, _Column]:
    """The cells of an analysis that are shown, and those of its features, which pairs are counted over."""
    with database.read() as session:
        row = session.get(Analysis, analysis_id)
        if row is None:
            raise NotFound(UNKNOWN)
        shown = _column(session, row, by)
        return shown, shown if by == "feature" else _column(session, row, "feature")


def _column(session: Session, row: Analysis, by: s.MatrixBy) -> _Column:
    report = report_of(row)
    part = "" if report.subgroup is None else f" · {report.subgroup.words}"
    number = row.ft_encoder.run_number
    run = "" if number is None else f" · {'control' if row.ft_encoder.control else 'run'} {number + 1}"
    label = f"{task_words(row.cohort, row.task)} · {row.roi}{run}{part}"
    if by == "feature":
        lines = session.scalars(select(AnalysisFeature).where(AnalysisFeature.analysis_id == row.id)).all()
        names = {line.feature: _words(line) for line in lines}
        return _Column(row, report, label, {line.feature: _cell(report, vars(line)) for line in lines}, names)
    groups = select(AnalysisGroup).where(AnalysisGroup.analysis_id == row.id, AnalysisGroup.grouping == by)
    return _Column(row, report, label, {one.group: _cell(report, one.values) for one in session.scalars(groups)})


def _cell(report: Report, values: Mapping[str, object]) -> s.MatrixCell:
    if report.trust is None:
        return s.MatrixCell(missing="made without the trust block")
    if report.version == 1:
        return s.MatrixCell(missing="made by version 1; analyse again")
    found = {name: values.get(key) for name, key in (("effect", "effect"), ("low", "ci_low"), ("high", "ci_high"))}
    if found["effect"] is None:
        return s.MatrixCell(missing="no effect was computed")
    return s.MatrixCell.model_validate(found | {"flag": values.get("flag")})


def _words(line: AnalysisFeature) -> str:
    return glossary.label(FeatureName(line.modality, line.image_type, line.feature_class, line.feature_name))


def _row(name: str, columns: Sequence[_Column]) -> s.MatrixRow:
    cells = [column.cells.get(name) or s.MatrixCell(missing="not measured there") for column in columns]
    label = next((column.labels[name] for column in columns if name in column.labels), name)
    return s.MatrixRow(
        name=name, label=label, cells=cells, agreement=_agreement(cells), spreads=_spreads(columns, cells)
    )


def _largest(row: s.MatrixRow) -> float:
    return max((abs(cell.effect) for cell in row.cells if cell.effect is not None), default=-1.0)


def _agreement(cells: Sequence[s.MatrixCell]) -> s.Agreement:
    read = [cell.flag for cell in cells if cell.flag is not None and cell.flag not in UNREAD]
    kinds = {"up" if flag in UP else "down" if flag in DOWN else flag for flag in read}
    if {"up", "down"} <= kinds:
        return "opposite"
    if kinds == {"up"}:
        return "stronger" if len(read) > 1 else "one"
    if kinds == {"down"}:
        return "weaker" if len(read) > 1 else "one"
    if kinds == {"label_borne"} and len(read) > 1:
        return "label_borne"
    return "one" if kinds & {"up", "down", "label_borne"} else "none"


def _spreads(columns: Sequence[_Column], cells: Sequence[s.MatrixCell]) -> list[s.MatrixSpread]:
    found: dict[tuple[object, ...], list[int]] = {}
    for at, column in enumerate(columns):
        if column.lineage is None or cells[at].effect is None:
            continue
        places = found.setdefault(column.lineage, [])
        if all(columns[other].row.ft_encoder_id != column.row.ft_encoder_id for other in places):
            places.append(at)
    return [
        s.MatrixSpread(recipe_id=str(lineage[0]), members=places, mean=fmean(effects), sd=stdev(effects))
        for lineage, places in found.items()
        if len(effects := [effect for at in places if (effect := cells[at].effect) is not None]) > 1
    ]


def _member(column: _Column, first: _Column) -> s.MatrixMember:
    row, report = column.row, column.report
    lineage = column.lineage
    return s.MatrixMember(
        analysis_id=row.id,
        label=column.label,
        cohort_name=row.cohort.name,
        task=row.task,
        roi=row.roi,
        n_patients=report.n_patients,
        n_studies=report.n_studies,
        recipe_id=None if lineage is None else str(lineage[0]),
        notes=_notes(column, first),
    )


def _notes(column: _Column, first: _Column) -> list[str]:
    """What differs from the first column, in the order of how much it matters."""
    if column is first:
        return []
    told, here, there = [], column.report, first.report
    if column.row.cohort_id != first.row.cohort_id:
        told.append("Other patients: flags can be compared, and a difference gets no interval.")
    elif column.row.settings.get("where") != first.row.settings.get("where"):
        told.append("Another part of the cohort.")
    sources = [None if one.cohort is None else one.cohort.extraction for one in (here, there)]
    if sources[0] != sources[1]:
        told.append("Its radiomics were measured with other settings: features of one name are other numbers.")
    labels = [one.row.settings.get("label") for one in (column, first)]
    if labels[0] != labels[1] and column.row.task == first.row.task:
        told.append("It was given another label.")
    return told


def _pair(columns: Sequence[_Column], first: int, second: int) -> s.MatrixPair:
    one, other = columns[first].cells, columns[second].cells
    both = [
        (one[name], other[name])
        for name in one
        if name in other and not {one[name].flag, other[name].flag} & {*UNREAD, None}
    ]
    effects = np.array([[a.effect, b.effect] for a, b in both], dtype=float).reshape(-1, 2)
    enough = len(both) >= FEWEST_CORRELATED and bool((effects.std(axis=0) > 0).all())
    return s.MatrixPair(
        first=first,
        second=second,
        n_features=len(both),
        n_same_flag=sum(a.flag == b.flag for a, b in both),
        correlation=float(np.corrcoef(effects.T)[0, 1]) if enough else None,
    )

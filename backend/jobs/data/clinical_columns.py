"""Clinical columns of a stored cohort, and which of them a decoding is given: the task's label, the centre."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import BadTable
from backend.jobs.data.class_cells import class_target, strangers, with_classes
from backend.jobs.data.task_label import residual_column, survival_columns, task_label
from backend.models import Case, Cohort
from backend.science.tables.study_columns import (
    CENTRE_COLUMNS,
    StudyColumn,
    centre_column,
    study_column,
    target_columns,
)
from backend.science.tables.types import Clinical
from backend.storage.case_cells import FIELDS, with_volumes
from backend.storage.cohort_protocol import protocol_of
from shared.schemas.protocol import Protocol


@dataclass(frozen=True, slots=True)
class Given:
    """Columns that decodings of an analysis are given, and sentences on what was chosen and why."""

    label: tuple[StudyColumn, ...] = ()
    covariates: tuple[StudyColumn, ...] = ()
    sentences: tuple[str, ...] = ()
    targets: tuple[StudyColumn, ...] = ()  # decoded in place of features


def clinical_of(session: Session, cohort: Cohort, only: Collection[str] | None = None) -> Clinical:
    """The clinical table of the accepted cases; `only` those studies of a subgroup.

    Known columns, volumes of regions, those that came with the import, and what each survival is as one number.
    """
    accepted = select(Case).where(Case.cohort_id == cohort.id, Case.status == "accepted").order_by(Case.study_id)
    cases = [case for case in session.scalars(accepted) if only is None or case.study_id in only]
    protocol = protocol_of(cohort)
    # what was measured (COMPUTED) is among the columns, as in earlier versions: keys are made of them
    cells = [case.clinical | with_volumes(case, protocol.rois) for case in cases]
    volumes = (f"{roi}_ml" for roi in protocol.rois)
    names = dict.fromkeys((*FIELDS, *volumes, *(name for case in cases for name in case.clinical)))
    del names["split"]  # whoever asks for the table has the side of each study
    columns = {name: tuple(_cell(row.get(name)) for row in cells) for name in names}
    columns |= survival_columns(protocol, cells)
    filled = {name: words for name, words in columns.items() if any(words)}
    studies, patients = tuple(case.study_id for case in cases), tuple(case.patient_id for case in cases)
    return Clinical(studies, patients, filled, f"the cohort {cohort.name}")


def given_columns(
    clinical: Clinical,
    protocol: Protocol,
    task: str,
    studies: Sequence[str],
    label: Sequence[str] | None = None,
    covariates: Sequence[str] | None = None,
) -> Given:
    """The columns that these studies are decoded given: those asked for by name, else what the cohort knows.

    Without a wish the label is the task's own column, where every study has it, and the covariate the centre. Classes
    of targets are those of the protocol. Raises BadTable where a column that was asked for is not there, or a study
    lacks its value.
    """
    typed = with_classes(clinical, protocol, task)
    labels, words = _label(clinical, typed, protocol, task, studies, label)
    others, more = _covariates(typed, studies, covariates, {column.name for column in labels})
    return Given(labels, others, (*words, *more), target_columns(typed))


def asked_column(clinical: Clinical, name: str) -> StudyColumn:
    """A column by name; that of the centre holds classes even where centres have numbers."""
    return study_column(clinical, name, "class" if name.lower() in CENTRE_COLUMNS else None)


def label_column(typed: Clinical, protocol: Protocol, task: str, name: str) -> StudyColumn:
    """A column that is given as label, of a table `with_classes`; the task's own is what its target is.

    Without any value where no cell is a class.
    """
    own = task_label(protocol, task)
    of_classes = class_target(protocol, task, name) is not None
    if of_classes and name in typed.columns and not any(typed.columns[name]):
        return StudyColumn(name, "class", {})
    if own.kind is not None and name == own.column_in(typed.columns):
        return study_column(typed, name, own.kind)
    return study_column(typed, name, "class") if of_classes else asked_column(typed, name)


def _label(
    clinical: Clinical,
    typed: Clinical,
    protocol: Protocol,
    task: str,
    studies: Sequence[str],
    asked: Sequence[str] | None,
) -> tuple[tuple[StudyColumn, ...], list[str]]:
    def reason(column: StudyColumn) -> str | None:
        return _with_strangers(_unusable(column, studies), clinical, protocol, task, column.name, studies)

    if asked is not None:
        found = tuple(label_column(typed, protocol, task, name) for name in asked)
        for column in found:
            _check_usable(reason(column))
        chosen = " and ".join(column.words for column in found)
        return found, [f"Changes are also read given the label {chosen}." if found else "No label is given, as asked."]
    own = task_label(protocol, task)
    there = own.column_in(clinical.columns)
    if there is None:
        return (), [f"No label is given: the cohort has no {own.words}."]
    try:
        column = label_column(typed, protocol, task, there)
    except BadTable as refusal:
        return (), [f"No label is given: {refusal.sentence}"]
    if why := reason(column):
        return (), [f"No label is given: {why}."]
    return (column,), [f"Changes are also read given the task's own label, {column.words}."]


def _with_strangers(
    reason: str | None, clinical: Clinical, protocol: Protocol, task: str, name: str, studies: Sequence[str]
) -> str | None:
    """The reason with how many cells are filled, but with no value of the target."""
    own = protocol.target(task)
    survival = own is not None and own.kind == "survival" and name == residual_column(own)
    target = own if survival else class_target(protocol, task, name)
    found = [] if reason is None or target is None else strangers(clinical, target, studies)
    return f"{reason} ({len(found)} filled cells are no value of the target: {found[0]})" if found else reason


def _covariates(
    clinical: Clinical, studies: Sequence[str], asked: Sequence[str] | None, labels: set[str]
) -> tuple[tuple[StudyColumn, ...], list[str]]:
    if asked is not None:
        columns = [asked_column(clinical, name) for name in asked]
        for column in columns:
            _check_usable(_unusable(column, studies, column.kind == "class"))
        found = tuple(columns)
        return found, [_of_covariate(column, studies) for column in found] or ["No covariate is given, as asked."]
    centre = centre_column(clinical)
    if centre is None or len(set(centre.values(studies))) < 2:
        known = any(name.lower() in CENTRE_COLUMNS for name in clinical.columns)
        reason = "these studies are of one centre" if known else "the cohort has no column center"
        return (), [f"No centre is given: {reason}."]
    if centre.name in labels:
        return (), []
    return (centre,), [_of_covariate(centre, studies)]


def _of_covariate(column: StudyColumn, studies: Sequence[str]) -> str:
    lacking = column.lacking(studies)
    unknown = f"; it is not known for {len(lacking)} of {len(studies)} studies, which count as one class"
    return f"Every decoding is given {column.words}{unknown if lacking else ''}."


def _unusable(column: StudyColumn, studies: Sequence[str], gaps: bool = False) -> str | None:
    """Why a column cannot be given to decodings of these studies; with `gaps`, what is not known is one class."""
    lacking = [] if gaps else column.lacking(studies)
    if lacking:
        return f"{column.name} is missing for {len(lacking)} of {len(studies)} studies"
    return f"{column.name} is the same in every study" if len(set(column.values(studies))) < 2 else None


def _check_usable(reason: str | None) -> None:
    if reason:
        raise BadTable(f"{reason}; fill it in, exclude those studies in Data, or ask for another column.")


def _cell(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

"""Clinical columns of a stored cohort, and which of them the task learned."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Case
from backend.science.tables.study_columns import StudyColumn, centre_column, study_column
from backend.science.tables.types import Clinical

TYPED = ("pirads", "volume_ml", "psa", "isup", "age", "center", "scanner", "field_t", "gland_ml", "lesion_ml")
TASK_LABEL = {"pirads": "pirads", "lesion_seg": "lesion_ml", "volume": "gland_ml"}
"""What a fine-tuning for a task learned: a column of the cohort."""


def clinical_of(session: Session, cohort_id: str, cohort_name: str) -> Clinical:
    """The clinical table of the accepted cases: known columns, then those that came with the import."""
    cases = session.scalars(
        select(Case).where(Case.cohort_id == cohort_id, Case.status == "accepted").order_by(Case.study_id)
    ).all()
    names = dict.fromkeys((*TYPED, *(name for case in cases for name in case.clinical)))
    columns = {
        name: tuple(_cell(getattr(case, name) if name in TYPED else case.clinical.get(name)) for case in cases)
        for name in names
    }
    filled = {name: cells for name, cells in columns.items() if any(cells)}
    studies, patients = tuple(case.study_id for case in cases), tuple(case.patient_id for case in cases)
    return Clinical(studies, patients, filled, f"the cohort {cohort_name}")


def label_columns(
    clinical: Clinical, task: str, studies: list[str], asked: list[str] | None
) -> tuple[StudyColumn, ...]:
    """The columns a decoding is given as label: those asked for, else the task's own where every study has it."""
    if asked is not None:
        return tuple(study_column(clinical, name) for name in asked)
    own = TASK_LABEL.get(task, task)
    if own not in clinical.columns:
        return ()
    column = study_column(clinical, own)
    usable = not column.lacking(studies) and len({column.value_of[study] for study in studies}) > 1
    return (column,) if usable else ()


def covariate_columns(clinical: Clinical, asked: list[str] | None) -> tuple[StudyColumn, ...]:
    """The columns every decoding is given: those asked for, else the centre where there are several."""
    if asked is not None:
        return tuple(study_column(clinical, name) for name in asked)
    centre = centre_column(clinical)
    return () if centre is None else (centre,)


def _cell(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

"""Rows of tables for cases that a test has made itself, beside the whole import."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.jobs.data.table_identifiers import GivenTables
from backend.jobs.data.table_rows import TableRows, feature_list, imported_encoders
from backend.models import Case, Cohort, Encoder


def store(session: Session, cohort: Cohort, given: GivenTables, *, task: str, roi: str) -> list[Encoder]:
    """The rows of all studies that have a case; the encoders."""
    encoders = imported_encoders(session, cohort, given, task)
    listed = feature_list(session, given.radiomics.columns)
    case_of = dict(session.execute(select(Case.study_id, Case.id).where(Case.cohort_id == cohort.id)).all())
    TableRows(given, [one.id for one in encoders], roi, listed).add(session, case_of)
    return encoders

"""The project of a saved view: that of the first thing its query names."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import DEFAULT_PROJECT, Analysis, Case, Cohort, Job
from backend.storage.project_scope import scope_of

OF = {
    "analysis": select(Cohort.project_id, Analysis.id.label("known")).join(Analysis, Analysis.cohort_id == Cohort.id),
    "case": select(Cohort.project_id, Case.id.label("known")).join(Case, Case.cohort_id == Cohort.id),
    "cohort": select(Cohort.project_id, Cohort.id.label("known")),
    "job": select(Job.project_id, Job.id.label("known")),
}
"""Query parameter -> what it names, with its project."""


def project_of_view(session: Session, query: Mapping[str, str]) -> str | None:
    """The id of a view's project: of what it names, else the only one its user sees; None where it could be several."""
    for name, statement in OF.items():
        if query.get(name):
            known = statement.selected_columns["known"]
            found: str | None = session.scalar(statement.where(known == query[name]))
            if found is not None:
                return found
    scope = scope_of(session)
    if scope is None:
        return DEFAULT_PROJECT
    return next(iter(scope.projects)) if len(scope.projects) == 1 else None

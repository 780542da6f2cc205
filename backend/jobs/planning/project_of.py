"""The one project of a request: that of what it names, or the one its new cohort goes to."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from backend.errors import BadSettings, Forbidden, NotFound
from backend.jobs.registry import KINDS
from backend.models import DEFAULT_PROJECT, Analysis, Cohort, Project
from backend.storage.project_scope import narrow, scope_of
from shared import schemas as s

NOWHERE = ""
"""Of a request that names what does not exist; planning it says so."""


def enter_project(session: Session, request: s.JobSubmit) -> str:
    """The id of a request's project; from now on the session sees nothing else, so that no job mixes two projects.

    Raises BadSettings where it could be several, or is another than the request says; NotFound for an unknown one.
    """
    named = _of_what_it_names(session, request.params)
    asked = None if request.project_id is None else _asked(session, request.project_id)
    if named is not None and asked not in (None, named):
        raise BadSettings("What this request names is of another project; leave the project out.")
    found = named if named is not None else asked or _only_choice(session)
    narrow(session, found)
    return found


def project_of(session: Session) -> str:
    """The project of a session that `enter_project` narrowed; the default one where nothing did."""
    scope = scope_of(session)
    return DEFAULT_PROJECT if scope is None else next(iter(scope.projects), NOWHERE)


def _of_what_it_names(session: Session, params: s.JobParams) -> str | None:
    """The project of the cohort or analysis of a request; None where it names neither."""
    if "cohort" in KINDS[params.kind].makes:
        return None
    cohort_id: str | None = getattr(params, "cohort_id", None)
    if cohort_id is not None:
        return _found(session, Cohort.id == cohort_id)
    analysis_ids: list[str | None] = getattr(params, "analysis_ids", None) or [getattr(params, "analysis_id", None)]
    if analysis_ids[0] is None:
        return None
    of_analysis = select(Analysis.cohort_id).where(Analysis.id == analysis_ids[0]).scalar_subquery()
    return _found(session, Cohort.id == of_analysis)


def _found(session: Session, which: ColumnElement[bool]) -> str:
    return session.scalar(select(Cohort.project_id).where(which)) or NOWHERE


def _asked(session: Session, project: str) -> str:
    """The id of a project by its id or name, among those the session sees."""
    named = select(Project.id).where((Project.id == project) | (Project.name == project), Project.ended_at.is_(None))
    scope = scope_of(session)
    if scope is not None:
        named = named.where(Project.id.in_(scope.projects))
    found = session.scalars(named.order_by((Project.name == project).desc())).first()
    if found is None:
        raise NotFound(
            f"There is no project {project[:40]!r} in which you may write; ask an owner of it, or name one of yours."
        )
    return found


def _only_choice(session: Session) -> str:
    """Where a new cohort goes that nobody said a project of."""
    scope = scope_of(session)
    if scope is None:
        return DEFAULT_PROJECT
    if not scope.projects:
        raise Forbidden("You may write in no project; ask the owner of one to make you a researcher of it.")
    if len(scope.projects) > 1:
        names = session.scalars(select(Project.name).where(Project.id.in_(scope.projects)).order_by(Project.name))
        raise BadSettings(f"Say in which project; you may write in {', '.join(names)}.")
    return next(iter(scope.projects))

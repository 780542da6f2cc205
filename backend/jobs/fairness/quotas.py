"""What an administrator allows users and projects: read as a list, set and taken back."""

from collections.abc import Iterator

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.errors import NotFound
from backend.jobs.fairness import disk_use, open_jobs
from backend.models import Project, Quota, User, now
from backend.settings import Settings
from backend.storage.shared_files import open_files
from shared.schemas import Quota as QuotaRow
from shared.schemas import QuotaKind


def every_quota(session: Session, settings: Settings) -> Iterator[QuotaRow]:
    """The limit in force and what is taken, of every user (jobs) and every project (MB); the session sees all."""
    own = {(row.kind, row.name) for row in session.scalars(select(Quota))}
    for name in session.scalars(select(User.name).order_by(User.name)):
        limit, taken = open_jobs.limit_of(session, settings, name), open_jobs.count_open(session, name)
        yield QuotaRow(kind="user", id=name, name=name, limit=limit, taken=taken, own=("user", name) in own)
    files = open_files(settings)
    for project in session.scalars(select(Project).order_by(Project.name)):
        most, is_own = disk_use.limit_of(session, settings, project.id), ("project", project.id) in own
        taken = round(disk_use.stored_bytes(session, files, project.id) / disk_use.MB)
        yield QuotaRow(kind="project", id=project.id, name=project.name, limit=most, taken=taken, own=is_own)


def allow(session: Session, kind: QuotaKind, name: str, limit: int) -> None:
    """Allows a user so many open jobs, or a project so many MB; raises NotFound for an unknown name."""
    known = _known(session, kind, name)
    session.execute(delete(Quota).where(Quota.kind == kind, Quota.name == known))  # a damaged one is replaced
    session.add(Quota(kind=kind, name=known, at=now(), **{"open_jobs" if kind == "user" else "disk_mb": limit}))


def end(session: Session, kind: QuotaKind, name: str) -> None:
    """From now on the settings decide again; raises NotFound where there is no such limit."""
    known = _known(session, kind, name)
    ended = session.execute(delete(Quota).where(Quota.kind == kind, Quota.name == known).returning(Quota.name)).all()
    if not ended:
        raise NotFound(f"The {kind} {name[:40]!r} has no limit of its own; the settings decide.")


def _known(session: Session, kind: QuotaKind, name: str) -> str:
    """The name of a user, or the id of a project by id or name."""
    if kind == "user":
        found = session.scalar(select(User.name).where(User.name == name))
    else:
        found = session.scalar(select(Project.id).where((Project.id == name) | (Project.name == name)))
    if found is None:
        raise NotFound(f"There is no {kind} {name[:40]!r}; `radiomiclens quotas list` shows them.")
    return found

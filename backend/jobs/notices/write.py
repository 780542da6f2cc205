"""A notification for every job that ends: what became of it, and where to look at it."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.errors import Damaged
from backend.jobs.notices.mail import wants
from backend.models import Job, MailChoice, MailMessage, Notification, WebhookMessage

MOST_OF_A_USER = 500
"""Notifications kept of one user; older ones are dropped."""
UNREAD = {"synchronize_session": False}
UNTOLD = ("selfcheck",)
"""Kinds that follow another job by themselves: the power statement is a part of its analysis."""


def tell(session: Session, job: Job) -> None:
    """Writes that a job is done or failed, for whoever submitted it.

    Of a job that fails because another one did, nothing is written where the same user reads of that one.
    """
    if job.kind in UNTOLD or _told_of_its_cause(session, job):
        return
    page, query = place_of(job.kind, job.state, job.id, job.params, job.result)
    told = {"kind": job.kind, "title": job.title, "state": job.state, "sentence": job.error}
    session.add(Notification(job_id=job.id, by=job.submitted_by, page=page, query=query, **told))
    waits = {"job_id": job.id, "kind": job.kind, "state": job.state, "page": page, "query": query}
    session.add(WebhookMessage(**waits))
    if _wants_mail(session, job):
        session.add(MailMessage(**waits, by=job.submitted_by))
    session.flush()
    row = Notification
    newest = select(row.id).where(row.by == job.submitted_by).order_by(row.at.desc()).limit(MOST_OF_A_USER)
    session.execute(delete(row).where(row.by == job.submitted_by, row.id.not_in(newest)), execution_options=UNREAD)


def _wants_mail(session: Session, job: Job) -> bool:
    """Whether whoever submitted it asked for an e-mail; a damaged choice must not keep a job from ending."""
    try:
        return wants(session.get(MailChoice, job.submitted_by), job.state)
    except Damaged:
        return False


def place_of(
    kind: str, state: str, job_id: str, params: dict[str, Any], result: dict[str, Any]
) -> tuple[str, dict[str, str]]:
    """The page of the dashboard where a job that ended goes on, and its query parameters."""
    if state == "done":
        if kind == "analyze" and "analysis_id" in result:
            return "overview", {"analysis": str(result["analysis_id"])}
        if kind == "compare":
            first, second = params["analysis_ids"][:2]
            return "compare", {"analysis": str(first), "with": str(second)}
        if kind in ("import_tables", "synth_tables") and "cohort_id" in result:
            return "run", {"do": "analyze", "cohort": str(result["cohort_id"])}
        if kind in ("import_cases", "synth") and "cohort_id" in result:
            return "data", {"cohort": str(result["cohort_id"])}
    return "jobs", {"job": job_id}


def _told_of_its_cause(session: Session, job: Job) -> bool:
    cause = job.result.get("blocked_by") if job.state == "failed" else None
    known = None if cause is None else session.get(Job, cause)
    return known is not None and known.submitted_by == job.submitted_by

"""Whose job is next in a lane: by priority, then the project, then its user, whose last job began longest ago.

So nobody waits for more than one job of each other project and of each other user of their own, however many those
have queued. A job that lost its worker does not count as a turn: it goes on first.
"""

from typing import Any

from sqlalchemy import Select, Subquery, Text, func, select, type_coerce
from sqlalchemy.orm import aliased

from backend.models import Job

NEVER = ""
"""Before every time, as text: nothing of this user has begun in this lane."""


def in_turn(statement: Select[Any], queued: Any, lane: str) -> Select[Any]:
    """The statement about queued jobs of a lane, in the order in which they are to start.

    Args:
        statement: selects from `queued`.
        queued: an alias of `Job`.
        lane: of the jobs.
    """
    of_project, of_user = _last_begun(lane), _last_begun(lane, "submitted_by")
    same_project = of_project.c.project_id == queued.project_id
    same_user = (of_user.c.project_id == queued.project_id) & (of_user.c.submitted_by == queued.submitted_by)
    return (
        statement.outerjoin(of_project, same_project)
        .outerjoin(of_user, same_user)
        .order_by(
            queued.priority.desc(),
            func.coalesce(of_project.c.at, NEVER),
            func.coalesce(of_user.c.at, NEVER),
            queued.position,
        )
    )


def _last_begun(lane: str, *within: str) -> Subquery:
    """When the last job of each project began in a lane, or of each user within each project."""
    begun = aliased(Job)
    parts = [begun.project_id, *(getattr(begun, name) for name in within)]
    last = type_coerce(func.max(begun.started_at), Text).label("at")
    return select(*parts, last).where(begun.lane == lane, begun.state != "queued").group_by(*parts).subquery()

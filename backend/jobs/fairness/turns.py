"""Whose job is next in a lane: by priority, then whoever's last job began longest ago, then in the order of asking.

So everybody waits for at most one job of each other user, however many those have queued. A job that lost its worker
does not count as a turn: it goes on first.
"""

from typing import Any

from sqlalchemy import Select, Text, func, select, type_coerce
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
    begun = aliased(Job)
    last = (
        select(begun.submitted_by, type_coerce(func.max(begun.started_at), Text).label("at"))
        .where(begun.lane == lane, begun.state != "queued")
        .group_by(begun.submitted_by)
        .subquery()
    )
    return statement.outerjoin(last, last.c.submitted_by == queued.submitted_by).order_by(
        queued.priority.desc(), func.coalesce(last.c.at, NEVER), queued.position
    )

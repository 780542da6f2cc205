"""The audit log, for administrators."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from backend.queries import audit_log
from backend.storage.audit_check import Anchor, verify_log
from backend.storage.readable_rows import Readable
from backend.web.authorization import ADMIN
from backend.web.dependencies import DatabaseDep, ReadSessionDep
from backend.web.pagination import Listing, PageRequest, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["audit"], route_class=SettledRoute)
Words = Annotated[str | None, Query(max_length=300)]
Time = Annotated[datetime | None, Query(description="ISO 8601; UTC unless it says otherwise.")]


def audit_entries(
    actor: Words = None,
    action: Annotated[str | None, Query(max_length=100, description="How the action begins: `session.`")] = None,
    target: Words = None,
    since: Time = None,
    until: Time = None,
) -> Listing[s.AuditEntry]:
    """Who did what and when, newest first: sign-ins, also failed ones, writes, exports, uses of links."""
    wanted = audit_log.AuditFilter(actor, action, target, since, until)

    def read(session: Session, part: PageRequest) -> Readable[s.AuditEntry]:
        return audit_log.read_entries(session, wanted, part.limit, part.offset)

    return Listing(lambda session: audit_log.count_entries(session, wanted), read)


add_list(router, "/audit", s.AuditEntry, audit_entries, ADMIN)


@router.get("/audit/anchor", dependencies=[ADMIN])
def audit_anchor(session: ReadSessionDep) -> s.AuditAnchor:
    """The newest row and its hash; kept elsewhere, it later shows whether the log before it was written anew."""
    return s.AuditAnchor(anchor=str(audit_log.end_of_log(session)))


@router.get("/audit/check", dependencies=[ADMIN])
def audit_check(
    database: DatabaseDep,
    anchor: Annotated[list[str], Query(max_length=20, description="Anchors kept elsewhere.")] = [],  # noqa: B006 (FastAPI copies it)
) -> s.AuditCheck:
    """Reads the whole chain and says what was changed, removed, put in or cut off."""
    found = verify_log(database, [Anchor.parse(each) for each in anchor])
    return s.AuditCheck(rows=found.rows, anchor=str(found.head), problems=found.problems)

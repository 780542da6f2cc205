"""The audit log as administrators read it."""

from datetime import datetime

from shared.schemas.base import Schema


class AuditEntry(Schema):
    """One row of the audit log; `row_hash` covers the others and `previous_hash`, that of the row before."""

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: dict[str, str | int | bool]
    previous_hash: str
    row_hash: str


class AuditCheck(Schema):
    """The chain of the audit log, read whole: the number of rows, its end, and a sentence for each fault.

    `anchor` names the last row and its hash. Keep it elsewhere: only so a log that was written anew is seen later.
    """

    rows: int
    anchor: str
    problems: list[str]


class AuditAnchor(Schema):
    """The end of the audit log as text: the number of its newest row, a colon, and its hash."""

    anchor: str

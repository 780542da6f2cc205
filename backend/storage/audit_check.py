"""Verifies the chain of the audit log: rows that were changed, removed, put in or cut off at the end.

Who can write to the database can compute a whole new chain. Only an anchor kept elsewhere shows that: the id and hash
of a row as they once were (`Anchor`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy import BigInteger, Connection, Row, Text, cast, inspect, literal, select, true

from backend.errors import BadSettings
from backend.models import BEGINNING, Audit, AuditHead, audit_hash, stored_detail
from backend.storage.database import Database

AT_ONCE = 1000
MOST_SENTENCES = 20
MOST_DIGITS = 19
"""Of the number of a row."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The id and hash of a row of the chain, as text `1234:9f2c...`."""

    row_id: int
    row_hash: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The anchor of a text; raises `BadSettings`."""
        number, _, digest = text.strip().partition(":")
        is_number = number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS
        if not is_number or len(digest) != len(BEGINNING) or set(digest) - set("0123456789abcdef"):
            raise BadSettings("An anchor is a number, a colon and 64 hexadecimal digits, as `audit verify` printed it.")
        return cls(int(number), digest)

    def __str__(self) -> str:
        return f"{self.row_id}:{self.row_hash}"


START = Anchor(0, BEGINNING)
"""What a log without rows is anchored by."""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """How many rows the chain has, its end, and a sentence for each fault (the first twenty)."""

    rows: int
    head: Anchor
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Link:
    """A stored row: its id, the two hashes it holds, and the hash that its content has."""

    row_id: int
    previous: str
    stored: str
    computed: str


class ChainCheck:
    """Reads the chain in parts, each in a transaction of its own if wanted: a long reader would keep writers out."""

    def __init__(self, anchors: Sequence[Anchor] = ()) -> None:
        self._awaited: dict[int, set[str]] = {}
        for anchor in anchors:
            if anchor != START:
                self._awaited.setdefault(anchor.row_id, set()).add(anchor.row_hash)
        self._rows, self._last = 0, START
        self._problems: list[str] = []

    def read_part(self, connection: Connection) -> bool:
        """Verifies the next rows; False once there are none, then the end was compared, too."""
        head = connection.execute(select(AuditHead.n_rows, AuditHead.last_id, AuditHead.last_hash)).one_or_none()
        links = list(_links(connection, self._last.row_id if self._rows else None))  # after the head: never older
        for link in links:
            self._rows += 1
            self._note(*_faults(link, self._last))
            if self._awaited.pop(link.row_id, set()) - {link.stored}:
                self._note(f"Row {link.row_id} is another one than the anchor names; the log was written anew.")
            self._last = Anchor(link.row_id, link.stored)
        if not links:
            for missing in sorted(self._awaited):
                self._note(f"Row {missing} of an anchor is gone; the end of the audit log was cut off.")
            self._note(*_end_faults(head, self._rows, self._last))
        return bool(links)

    def report(self) -> ChainReport:
        """What was found so far."""
        return ChainReport(self._rows, self._last, self._problems)

    def _note(self, *sentences: str) -> None:
        self._problems += sentences[: MOST_SENTENCES - len(self._problems)]


def verify_chain(connection: Connection, anchors: Sequence[Anchor] = ()) -> ChainReport:
    """Reads every row once; raises `Damaged` where the table itself cannot be read."""
    check = ChainCheck(anchors)
    while check.read_part(connection):
        pass
    return check.report()


def verify_log(database: Database, anchors: Sequence[Anchor] = ()) -> ChainReport:
    """The same while a server runs: writers get their turn between the parts."""
    check, more = ChainCheck(anchors), True
    while more:
        with database.read() as session:
            more = check.read_part(session.connection())
    return check.report()


def has_chain(connection: Connection) -> bool:
    """Whether the database has one: those of earlier versions, as in old backups, have none."""
    return inspect(connection).has_table(AuditHead.__tablename__)


def _links(connection: Connection, after: int | None) -> Iterator[_Link]:
    """The next rows in their order; all of them, whatever their ids, where none was read before."""
    texts = (cast(Audit.at, Text), Audit.actor, Audit.action, Audit.target, cast(Audit.detail, Text))
    hashes = (Audit.previous_hash, Audit.row_hash)
    part = (
        select(Audit.id, *texts, *hashes)
        .where(true() if after is None else Audit.id > literal(after, BigInteger()))
        .order_by(Audit.id)
        .limit(AT_ONCE)
    )
    for row_id, at, actor, action, target, detail, previous, stored in connection.execute(part):
        computed = audit_hash(previous, row_id, at, actor, action, target, stored_detail(detail))
        yield _Link(row_id, previous, stored, computed)


def _faults(link: _Link, last: Anchor) -> Iterator[str]:
    if link.computed != link.stored:
        yield f"Row {link.row_id} of the audit log was changed."
    if link.previous != last.row_hash:
        yield f"Before row {link.row_id} of the audit log something was removed, changed or put in."


def _end_faults(head: Row[int, int, str] | None, rows: int, last: Anchor) -> Iterator[str]:
    if head is None:
        yield "The end of the audit log is gone."
    elif (head.last_id, head.last_hash) != (last.row_id, last.row_hash):
        yield f"The audit log should end with row {head.last_id}, and ends with {last.row_id}."
    elif head.n_rows != rows:
        yield f"The audit log should have {head.n_rows} rows, and has {rows}."

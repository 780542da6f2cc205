"""Every case of a cohort in short, kept in memory: what pages of 20 000 cases filter, count and list.

A case is read and verified once, and again when its checksum has changed. So a decision about one case costs the
reading of one row, and not of the cohort.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.models import Case, Cohort, Volume, checksummed_attributes, verify_columns
from backend.queries.case_fields import fields_of_row
from backend.storage.case_cells import stratum
from backend.storage.cohort_protocol import protocol_of
from backend.storage.readable_rows import DAMAGE, read_each
from shared.schemas import UnreadableRow
from shared.schemas.protocol import Protocol

MOST_CASES = 60_000
"""Cases that are kept of all cohorts together, the one cohort that is read last always: about 1.5 kB each."""
ONE_BY_ONE = 400
"""Up to so many new cases are asked for by their ids; of more, the cohort is read as a whole."""
WEAKEST = ("unverifiable", "checksum", "manifest")


@dataclass(frozen=True, slots=True)
class IndexedCase:
    """A case in short.

    Attributes:
        fields: of `shared.schemas.Case`, but for `has_images`.
        integrity: the weakest check that any of its files allowed.
        stratum: what patients were split by evenly; empty where it is not known.
        cancer: the cell `cspca` of its clinical table.
    """

    fields: Mapping[str, Any]
    integrity: str
    stratum: str
    cancer: Any


@dataclass(frozen=True, slots=True)
class CohortIndex:
    """The cases of a cohort by study id, and those that cannot be read.

    `version` is a hash of everything in it; `with_images` holds ids, `spacing` is of the reference image by case id.
    """

    cases: Sequence[IndexedCase]
    unreadable: Sequence[UnreadableRow]
    with_images: frozenset[str]
    spacing: Mapping[str, Sequence[float]]
    version: str


@dataclass(slots=True)
class _Kept:
    """What is kept of a cohort: cases by id and checksum."""

    protocol: str
    cases: dict[tuple[str, str], IndexedCase] = field(default_factory=dict)


class CaseIndex:
    """The cases read last, of some cohorts; safe to be used by several threads."""

    def __init__(self, most_cases: int = MOST_CASES) -> None:
        self.most_cases = most_cases
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def version(self, session: Session, cohort: Cohort) -> str:
        """Hash of all that `read` gives: checksums of the rows, protocol, and which volumes there are."""
        return _version(cohort, _stamps(session, cohort.id), _volumes(session, cohort.id))

    def read(self, session: Session, cohort: Cohort) -> CohortIndex:
        """The index of a cohort as the session sees it; only what changed is read from the database."""
        protocol, text = protocol_of(cohort), json.dumps(cohort.protocol, sort_keys=True)
        stamps, n_volumes = _stamps(session, cohort.id), _volumes(session, cohort.id)
        known = self._known(cohort.id, text)
        wanted = [stamp for stamp in stamps if stamp not in known]
        read, unreadable = _read(session, cohort, protocol, [case_id for case_id, _ in wanted])
        found = {stamp: known.get(stamp) or read.get(stamp[0]) for stamp in stamps}
        whole = {stamp: case for stamp, case in found.items() if case is not None}
        self._keep(cohort.id, _Kept(text, whole))
        return CohortIndex(
            cases=list(whole.values()),
            unreadable=unreadable,
            with_images=_with_images(session, cohort.id, protocol.modality_names) if n_volumes else frozenset(),
            spacing=_spacing(session, cohort.id, protocol.reference) if n_volumes else {},
            version=_version(cohort, stamps, n_volumes),
        )

    def _known(self, cohort_id: str, protocol: str) -> Mapping[tuple[str, str], IndexedCase]:
        with self._lock:
            kept = self._kept.get(cohort_id)
        return kept.cases if kept is not None and kept.protocol == protocol else {}

    def _keep(self, cohort_id: str, kept: _Kept) -> None:
        with self._lock:
            self._kept[cohort_id] = kept
            self._kept.move_to_end(cohort_id)
            while len(self._kept) > 1 and sum(len(one.cases) for one in self._kept.values()) > self.most_cases:
                self._kept.popitem(last=False)


def _stamps(session: Session, cohort_id: str) -> list[tuple[str, str]]:
    """Ids and checksums of a cohort's cases by study id, as stored."""
    statement = select(Case.id, Case.checksum).where(Case.cohort_id == cohort_id).order_by(Case.study_id)
    return [(case_id, checksum) for case_id, checksum in session.execute(statement)]


def _volumes(session: Session, cohort_id: str) -> int:
    statement = select(func.count()).select_from(Volume).join(Case, Case.id == Volume.case_id)
    return session.scalar(statement.where(Case.cohort_id == cohort_id)) or 0


def _version(cohort: Cohort, stamps: Iterable[tuple[str, str]], n_volumes: int) -> str:
    digest = hashlib.blake2b(json.dumps([cohort.id, cohort.protocol, n_volumes]).encode(), digest_size=20)
    for stamp in stamps:
        digest.update("\0".join(stamp).encode())
    return digest.hexdigest()


def _read(
    session: Session, cohort: Cohort, protocol: Protocol, ids: Sequence[str]
) -> tuple[dict[str, IndexedCase], list[UnreadableRow]]:
    """Cases by id, verified; columns are read and not objects, unless one of the rows is damaged."""
    if not ids:
        return {}, []
    chosen = Case.id.in_(ids) if len(ids) <= ONE_BY_ONE else Case.cohort_id == cohort.id
    wanted = set(ids)
    try:
        rows = session.execute(select(*checksummed_attributes(Case)).where(chosen)).all()
        verify_columns(Case, rows)
        made = [_indexed(cast("Case", row), protocol) for row in rows if row.id in wanted]
        return {one.fields["id"]: one for one in made}, []
    except DAMAGE:
        statement = select(Case).where(chosen).order_by(Case.study_id)
        found = read_each(session, statement, lambda _session, rows: [_indexed(row, protocol) for row in rows])
        return {one.fields["id"]: one for one in found.items}, found.unreadable


def _indexed(row: Case, protocol: Protocol) -> IndexedCase:
    integrity = next((word for word in WEAKEST if word in row.integrity.values()), "")
    return IndexedCase(fields_of_row(row, protocol), integrity, stratum(protocol, row), row.clinical.get("cspca"))


def _with_images(session: Session, cohort_id: str, modalities: Iterable[str]) -> frozenset[str]:
    statement = select(Volume.case_id).join(Case, Case.id == Volume.case_id).where(Case.cohort_id == cohort_id)
    return frozenset(session.scalars(statement.where(Volume.kind.in_(list(modalities))).distinct()))


def _spacing(session: Session, cohort_id: str, reference: str) -> dict[str, Sequence[float]]:
    statement = select(Volume.case_id, Volume.spacing).join(Case, Case.id == Volume.case_id)
    return dict(session.execute(statement.where(Case.cohort_id == cohort_id, Volume.kind == reference)).all())

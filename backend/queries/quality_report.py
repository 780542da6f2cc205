"""The quality report of a cohort: accepted and rejected studies, findings, decisions and the split."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from backend import models
from backend.ingest.checks.finding_codes import CODES
from backend.queries.not_used import of_cohort
from backend.science.text_format import counted, words_only
from backend.storage.case_cells import strata_target, stratum
from backend.storage.cohort_protocol import protocol_of
from shared import schemas as s
from shared.protocol_words import target_words
from shared.schemas.protocol import Protocol

WEAKEST = ("unverifiable", "checksum", "manifest")
SIDES = ("train", "val", "test")
FEWEST = 10


def report(session: Session, cohort: models.Cohort) -> s.QualityReport:
    """The report of one cohort."""
    rows = session.scalars(select(models.Case).where(models.Case.cohort_id == cohort.id)).all()
    accepted = [row for row in rows if row.status == "accepted"]
    facts = cohort.settings
    return s.QualityReport(
        cohort_id=cohort.id,
        cohort_name=cohort.name,
        accepted=len(accepted),
        rejected=sum(row.status == "rejected" for row in rows),
        excluded=sum(row.status == "excluded" for row in rows),
        approved=sum(row.review == "approved" for row in accepted),
        unseen=sum(row.review == "unseen" for row in accepted),
        n_patients=len({row.patient_id for row in accepted}),
        layout=facts.get("layout", ""),
        ids=facts.get("ids", ""),
        split=facts.get("split", ""),
        sides={side: sum(row.split == side for row in accepted) for side in SIDES},
        strata=_strata(accepted, protocol_of(cohort)),
        centers=_counts(row.center or "not stated" for row in accepted),
        scanners=_counts(row.scanner or "not stated" for row in accepted),
        fields=_counts("not stated" if row.field_t is None else f"{row.field_t:g} T" for row in accepted),
        integrity=_counts(integrity(row) for row in accepted if row.integrity),
        codes=_codes(rows),
        alerts=_alerts(accepted),
        dropped_columns=facts.get("dropped_columns", []),
        not_used=of_cohort(facts),
    )


def shown_columns(dropped: list[str], role: s.Role) -> list[str]:
    """Names of the columns that were not read, for an admin; how many they are, for everybody else."""
    if role == "admin" or not dropped:
        return dropped
    return [f"{len(dropped)}, whose names only administrators see"]


def rows(
    session: Session, cohort_id: str, status: str | None = None, code: str | None = None, review: str | None = None
) -> list[s.QualityRow]:
    """The studies of a cohort, those that still need a look first."""
    statement = select(models.Case).where(models.Case.cohort_id == cohort_id).options(selectinload(models.Case.volumes))
    if status is not None:
        statement = statement.where(models.Case.status == status)
    if review is not None:
        statement = statement.where(models.Case.review == review)
    found = [row for row in session.scalars(statement) if code is None or code in _codes_of(row)]
    found.sort(key=lambda row: (row.status != "accepted", row.review != "unseen", not row.warnings, row.study_id))
    reference = protocol_of(session.get_one(models.Cohort, cohort_id)).reference
    return [_row(row, reference) for row in found]


def integrity(row: models.Case) -> str:
    """The weakest check any file of a case allowed."""
    return next((word for word in WEAKEST if word in row.integrity.values()), "")


def _row(row: models.Case, reference: str) -> s.QualityRow:
    grid = next((volume for volume in row.volumes if volume.kind == reference), None)
    derived = {"case_id", "spacing_mm", "integrity"}
    fields = {name: getattr(row, name) for name in s.QualityRow.model_fields if name not in derived}
    spacing = " x ".join(f"{mm:.3g}" for mm in grid.spacing) if grid else ""
    return s.QualityRow.model_validate(fields | {"case_id": row.id, "spacing_mm": spacing, "integrity": integrity(row)})


def _codes_of(row: models.Case) -> set[str]:
    return {row.code} - {""} | {finding["code"] for finding in row.findings}


def _codes(rows: Sequence[models.Case]) -> list[s.CodeCount]:
    """Rejections first, then warnings, then notes; the most frequent first."""
    counts = Counter(code for row in rows if row.status != "excluded" for code in _codes_of(row))
    order = ("rejected", "warning", "note")
    found = [
        s.CodeCount(code=code, level=kind.level, title=kind.title, remedy=kind.remedy, n=counts[code])
        for code, kind in CODES.items()
        if counts[code]
    ]
    return sorted(found, key=lambda each: (order.index(each.level), -each.n, each.code))


def _strata(accepted: Sequence[models.Case], protocol: Protocol) -> list[s.SplitStratum]:
    """Studies by side of the split, for each class of what patients were split by."""
    by = strata_target(protocol)
    words = "" if by is None else target_words(protocol, by.name)

    def name(row: models.Case) -> str:
        value = stratum(protocol, row)
        return f"{words} {words_only(value)}" if value else "not stated"

    return [
        s.SplitStratum(
            stratum=stratum,
            **{side: sum(name(row) == stratum and row.split == side for row in accepted) for side in SIDES},
        )
        for stratum in sorted({name(row) for row in accepted})
    ]


def _counts(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items(), key=lambda item: (-item[1], item[0])))


def _alerts(accepted: Sequence[models.Case]) -> list[s.Alert]:
    """What concerns the cohort as a whole."""
    alerts = []
    cancer = {row.id: row.clinical.get("cspca") for row in accepted}
    if any(value is None for value in cancer.values()):
        cancer = {row.id: None if row.isup is None else row.isup >= 2 for row in accepted}
    known = [row for row in accepted if cancer[row.id] is not None]
    drawn = [bool(row.lesion_ml) for row in known]
    if len(known) >= FEWEST and len(set(drawn)) == 2 and drawn == [cancer[row.id] for row in known]:
        alerts.append(
            s.Alert(
                code="lesion_gives_away_cancer",
                level="warning",
                rank="stop",
                sentence="A lesion is drawn exactly where significant cancer was found.",
                why="Having lesion features at all then says the answer; do not predict cancer from them.",
            )
        )
    centers = {row.center for row in accepted if row.center}
    if len(centers) > 1:
        alerts.append(
            s.Alert(
                code="several_centers",
                level="info",
                rank="info",
                sentence=f"The studies come from {len(centers)} centres.",
                why="Scanner and protocol differ between centres, and features with them; look at each centre as well.",
            )
        )
    if accepted and any(row.review == "unseen" for row in accepted):
        alerts.append(
            s.Alert(
                code="not_looked_at",
                level="info",
                rank="info",
                sentence=unseen(sum(row.review == "unseen" for row in accepted)),
                why="No program sees that a mask is mirrored or of another patient; a look at the outlines does.",
            )
        )
    return alerts


def unseen(n: int) -> str:
    """How many accepted studies nobody has looked at."""
    return f"{counted(n, 'accepted study was', 'accepted studies were')} not looked at yet."

"""The quality report of a cohort: accepted and rejected studies, findings, decisions and the split."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend import models
from backend.errors import Damaged
from backend.ingest.checks.finding_codes import CODES
from backend.queries.case_index import CohortIndex, IndexedCase
from backend.queries.not_used import of_cohort
from backend.science.text_format import counted, words_only
from backend.storage.case_cells import strata_target
from backend.storage.cohort_protocol import protocol_of
from shared import schemas as s
from shared.protocol_words import target_words
from shared.schemas.protocol import Protocol

SIDES = ("train", "val", "test")
FEWEST = 10


def report(cohort: models.Cohort, index: CohortIndex) -> s.QualityReport:
    """The report of one cohort. Raises Damaged where one of its rows is: it would be missing in the counts."""
    if index.unreadable:
        raise Damaged(index.unreadable[0].sentence)
    rows = index.cases
    accepted = [row for row in rows if row.fields["status"] == "accepted"]
    of_accepted = [row.fields for row in accepted]
    states, looked_at = Counter(row.fields["status"] for row in rows), Counter(each["review"] for each in of_accepted)
    sides, facts = Counter(each["split"] for each in of_accepted), cohort.settings
    return s.QualityReport(
        cohort_id=cohort.id,
        cohort_name=cohort.name,
        accepted=len(accepted),
        rejected=states["rejected"],
        excluded=states["excluded"],
        approved=looked_at["approved"],
        unseen=looked_at["unseen"],
        n_patients=len({each["patient_id"] for each in of_accepted}),
        layout=facts.get("layout", ""),
        ids=facts.get("ids", ""),
        split=facts.get("split", ""),
        sides={side: sides[side] for side in SIDES},
        strata=_strata(accepted, protocol_of(cohort)),
        centers=_counts(each["center"] or "not stated" for each in of_accepted),
        scanners=_counts(each["scanner"] or "not stated" for each in of_accepted),
        fields=_counts("not stated" if (t := each["field_t"]) is None else f"{t:g} T" for each in of_accepted),
        integrity=_counts(row.integrity for row in accepted if row.integrity),
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


@dataclass(frozen=True, slots=True)
class Asked:
    """Which studies of a report are listed; None and no words for all. Every word must stand in one of the texts."""

    status: str | None = None
    code: str | None = None
    review: str | None = None
    search: str = ""

    def holds(self, row: IndexedCase, words: Sequence[str]) -> bool:
        """Whether a study is listed; `words` are those of `search`, casefolded."""
        fields = row.fields
        return (
            (self.status is None or fields["status"] == self.status)
            and (self.review is None or fields["review"] == self.review)
            and (self.code is None or self.code in _codes_of(fields))
            and (not words or all(word in text_of(fields) for word in words))
        )


def listed(index: CohortIndex, asked: Asked) -> list[IndexedCase]:
    """The studies of a cohort that were asked for, those that still need a look first."""
    words = asked.search.casefold().split()
    found = [row for row in index.cases if asked.holds(row, words)]
    return sorted(found, key=lambda row: _place(row.fields))


def text_of(fields: Mapping[str, Any]) -> str:
    """What a search looks in, casefolded: ids, centre, scanner, side of the split, why a study was refused."""
    texts = (fields[name] for name in ("study_id", "patient_id", "center", "scanner", "split", "reason"))
    return "\n".join(text for text in texts if text).casefold()


def _place(fields: Mapping[str, Any]) -> tuple[bool, bool, bool, str]:
    return (
        fields["status"] != "accepted",
        fields["review"] != "unseen",
        not fields["warnings"],
        fields["study_id"],
    )


def row_schema(row: IndexedCase, index: CohortIndex) -> s.QualityRow:
    """A study as the report lists it."""
    fields = {name: value for name, value in row.fields.items() if name in s.QualityRow.model_fields}
    spacing = index.spacing.get(row.fields["id"])
    return s.QualityRow.model_validate(
        fields
        | {
            "case_id": row.fields["id"],
            "spacing_mm": spacing_words(spacing),
            "integrity": row.integrity,
        }
    )


def spacing_words(spacing: Sequence[float] | None) -> str:
    """`0.5 x 0.5 x 3`; empty where it is not known."""
    return " x ".join(f"{mm:.3g}" for mm in spacing or ())


def _codes_of(fields: Mapping[str, Any]) -> set[str]:
    return {fields["code"]} - {""} | {finding["code"] for finding in fields["findings"]}


def _codes(rows: Sequence[IndexedCase]) -> list[s.CodeCount]:
    """Rejections first, then warnings, then notes; the most frequent first."""
    counts = Counter(code for row in rows if row.fields["status"] != "excluded" for code in _codes_of(row.fields))
    order = ("rejected", "warning", "note")
    found = [
        s.CodeCount(code=code, level=kind.level, title=kind.title, remedy=kind.remedy, n=counts[code])
        for code, kind in CODES.items()
        if counts[code]
    ]
    return sorted(found, key=lambda each: (order.index(each.level), -each.n, each.code))


def _strata(accepted: Sequence[IndexedCase], protocol: Protocol) -> list[s.SplitStratum]:
    """Studies by side of the split, for each class of what patients were split by."""
    by = strata_target(protocol)
    words = "" if by is None else target_words(protocol, by.name)
    names = {
        value: f"{words} {words_only(value)}" if value else "not stated" for value in {r.stratum for r in accepted}
    }
    counts = Counter((names[row.stratum], row.fields["split"]) for row in accepted)
    return [
        s.SplitStratum(stratum=name, **{side: counts[name, side] for side in SIDES})
        for name in sorted(set(names.values()))
    ]


def _counts(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items(), key=lambda item: (-item[1], item[0])))


def _alerts(accepted: Sequence[IndexedCase]) -> list[s.Alert]:
    """What concerns the cohort as a whole."""
    alerts = []
    cancer = [row.cancer for row in accepted]
    if any(value is None for value in cancer):
        grades = [row.fields["isup"] for row in accepted]
        cancer = [None if grade is None else grade >= 2 for grade in grades]
    known = [(value, bool(row.fields["lesion_ml"])) for value, row in zip(cancer, accepted, strict=True)]
    known = [pair for pair in known if pair[0] is not None]
    drawn = [is_drawn for _, is_drawn in known]
    if len(known) >= FEWEST and len(set(drawn)) == 2 and drawn == [value for value, _ in known]:
        alerts.append(
            s.Alert(
                code="lesion_gives_away_cancer",
                level="warning",
                rank="stop",
                sentence="A lesion is drawn exactly where significant cancer was found.",
                why="Having lesion features at all then says the answer; do not predict cancer from them.",
            )
        )
    centers = {row.fields["center"] for row in accepted if row.fields["center"]}
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
    if n_unseen := sum(row.fields["review"] == "unseen" for row in accepted):
        alerts.append(
            s.Alert(
                code="not_looked_at",
                level="info",
                rank="info",
                sentence=unseen(n_unseen),
                why="No program sees that a mask is mirrored or of another patient; a look at the outlines does.",
            )
        )
    return alerts


def unseen(n: int) -> str:
    """How many accepted studies nobody has looked at."""
    return f"{counted(n, 'accepted study was', 'accepted studies were')} not looked at yet."

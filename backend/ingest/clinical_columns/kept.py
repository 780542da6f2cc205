"""The other columns of a clinical table: numbers and classes are kept by name; dates, free text and people are not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from backend.ingest.clinical import ClinicalTable
from backend.ingest.clinical_columns.groups_of_people import without_group_words
from backend.ingest.clinical_columns.hidden_ids import hides_ids
from backend.ingest.clinical_columns.kinds import LONGEST, Kind, Value, is_blank, kind_of, value_of
from backend.ingest.identifiers.check_digits import holds_personal_number
from backend.ingest.identifiers.columns import KNOWN_COLUMNS, column_holds
from backend.ingest.identifiers.gate import Placed, dropped
from backend.ingest.identifiers.judge import judge_cell
from backend.ingest.layouts.planned_case import Plan
from shared.schemas.protocol import Protocol

MEASURED = frozenset(("gland_ml", "lesion_ml", "lesion_grades", "volumes_ml"))
"""Names of what is measured here, which a user's column would be taken for."""


@dataclass(frozen=True)
class Kept:
    """Study -> column -> value; the columns that were left out, each with the reason, and those that need a decision.

    `dates` says which columns hold them; `cells` are what the gate for names looks at.
    """

    values: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    flagged: frozenset[str] = frozenset()
    dates: tuple[str, ...] = ()
    cells: tuple[Placed, ...] = ()

    def dropped(self, *, flagged: bool) -> list[str]:
        """What is left out, with the reason; unless `flagged`, the columns that may identify people, too."""
        reasons = dict(self.left_out) | ({} if flagged else dict.fromkeys(sorted(self.flagged), "may identify people"))
        plain = [f"{name} ({reason})" for name, reason in reasons.items() if not column_holds(name)]
        return [*plain, *dropped([name for name in reasons if column_holds(name)])]

    def of(self, study_id: str, *, flagged: bool) -> dict[str, Value]:
        """The cells of a study; without those of columns that may identify people unless `flagged`."""
        given = self.values.get(study_id, {})
        return {name: value for name, value in given.items() if flagged or name not in self.flagged}


def kept_columns(planned: Plan, table: ClinicalTable | None, protocol: Protocol) -> Kept:
    """The other columns of the plan's own table and of the clinical table, which counts where both have a column."""
    studies = {case.study_id: dict(case.others) for case in planned.cases}
    for case in planned.cases:
        row = table.row(case.patient_id, case.study_id) if table else None
        mine = {name.lower(): name for name in studies[case.study_id]}
        for name, cell in (row.others if row else {}).items():
            studies[case.study_id].pop(mine.get(name.lower(), name), None)
            studies[case.study_id][name] = cell
    names = dict.fromkeys(name for cells in studies.values() for name in cells)
    wanted = _target_columns(protocol)
    measured = {*MEASURED, *(f"{region.lower()}_ml" for region in protocol.region_names)}
    found: dict[str, dict[str, Value]] = {study: {} for study in studies}
    left_out, flagged, dates, cells = dict[str, str](), set[str](), list[str](), list[Placed]()
    for name in names:
        column = {study: own[name] for study, own in studies.items() if not is_blank(own.get(name, ""))}
        filled, low = list(column.values()), name.lower()
        kind = _kind(name, filled, is_target=low in wanted, is_measured=low in measured)
        if kind not in ("numbers", "classes"):
            left_out[name] = kind
            if kind == "dates" and low not in KNOWN_COLUMNS and not column_holds(name):
                dates.append(f"the column {name} of the clinical table holds dates, which are never kept")
            continue
        if low not in wanted and hides_ids(name, filled):
            left_out[name] = "may identify people"
            continue
        judged = [] if column_holds(name) else judged_cells(name, filled)
        placed = [Placed(cell, f"the column {name}") for cell in judged]
        if column_holds(name) or any(judge_cell(one.text) for one in placed):
            flagged.add(name)
        cells += placed
        for study, cell in column.items():
            found[study][name] = value_of(cell) if kind == "numbers" or low in wanted else cell
    return Kept(found, left_out, frozenset(flagged), tuple(dates), tuple(cells))


def judged_cells(column: str, cells: Iterable[str]) -> list[str]:
    """The different cells that may say who it is: texts, and numbers where most of them are somebody's number."""
    different = list(dict.fromkeys(without_group_words(column, cell) for cell in cells))
    texts = [cell for cell in different if isinstance(value_of(cell), str)]
    persons = [cell for cell in different if cell not in texts and holds_personal_number(cell)]
    return texts + (persons if len(persons) * 2 > len(different) else [])


def _kind(name: str, cells: list[str], *, is_target: bool, is_measured: bool) -> Kind | str:
    """What is to become of a column; a target's is kept cell by cell, whatever it holds."""
    if is_measured:
        return "measured here"
    if not cells:
        return "empty"
    kind = kind_of(cells, "" if is_target else name)
    if is_target and kind == "free text" and max(map(len, cells)) <= LONGEST:
        return "classes"
    return kind


def _target_columns(protocol: Protocol) -> frozenset[str]:
    """Columns, in small letters, that a target of the protocol reads."""
    return frozenset(name.lower() for target in protocol.targets for name in _columns(target.column, target.columns))


def _columns(column: str | None, columns: Iterable[str] | None) -> tuple[str, ...]:
    return (*([column] if column else []), *(columns or ()))

"""What the studies on a map can be coloured by: targets of the protocol, volumes of regions, clinical columns."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

from backend.models import Case
from backend.queries.case_targets import targets_of
from backend.science.tables.target_cells import rising
from backend.storage.case_cells import clinical_cells
from backend.storage.region_volumes import volumes_ml
from shared import schemas as s
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget

Value = str | float | None
Of = Literal["target", "region", "clinical"]
MOST_LEVELS = 8
"""Classes of a column that are told apart; the rarer ones are one."""
MOST_GRADES = 6
"""Different whole numbers that are grades; with more of them a column is a number."""
OTHERS = "others"
SURVIVAL = ("time", "event")


def map_columns(cases: Sequence[Case], protocol: Protocol) -> list[s.MapColumn]:
    """Every column in which two of these cases differ; those of a target are told by the target."""
    targets = [targets_of(case, protocol) for case in cases]
    volumes = [volumes_ml(case, protocol.region_names) for case in cases]
    cells = [clinical_cells(case) for case in cases]
    found: list[s.MapColumn | None] = []
    told = {"split"}  # each study has the side that it was analysed on
    for target in protocol.targets:
        made = _of_target(target, [each.get(target.name) for each in targets])
        as_region = target.column is not None and target.column in {one.volume_column for one in protocol.regions}
        if made and not as_region:
            found += made
            told |= {word.casefold() for word in (target.column, *(target.columns or ())) if word}
    found += [_column(region, "region", [each.get(region) for each in volumes]) for region in protocol.rois]
    names = dict.fromkeys(name for each in cells for name in each if name.casefold() not in told)
    found += [_column(name, "clinical", [_word(each.get(name)) for each in cells]) for name in names]
    return [column for column in found if column is not None]


def _of_target(target: ProtocolTarget, values: Sequence[object]) -> list[s.MapColumn]:
    """The value of a target; of a survival its time, and whether the event was seen."""
    if target.kind == "survival":
        pairs = [each if isinstance(each, dict) else {} for each in values]
        parts = [
            _column(f"{target.name} {part}", "target", [_word(each.get(part)) for each in pairs]) for part in SURVIVAL
        ]
    else:
        plain = [_word(each) for each in values]
        parts = [
            _column(target.name, "target", plain, target.classes, target.kind == "ordinal" or rising(target.classes))
        ]
    return [part for part in parts if part is not None]


def _word(cell: object) -> Value:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return float(cell) if isinstance(cell, int | float) else None if cell is None else str(cell)


def _column(
    name: str, of: Of, values: Sequence[Value], classes: Sequence[str] = (), grades: bool = False
) -> s.MapColumn | None:
    """The column of these values; None where it tells no two studies apart, or nearly all, as ids do."""
    known = [value for value in values if value is not None]
    different = set(known)
    if len(different) < 2:
        return None
    numbers = [value for value in known if isinstance(value, float)]
    if len(numbers) == len(known):
        whole = len(different) <= MOST_GRADES and all(value.is_integer() for value in numbers)
        if not whole:
            return _made(name, of, "number", [], values)
        return _made(name, of, "grade", [f"{value:g}" for value in sorted(set(numbers))], _texts(values, "{:g}".format))
    texts = _texts(values, "{:g}".format)
    counts = Counter(text for text in texts if text is not None)
    if classes:
        kind: Literal["class", "grade"] = "grade" if grades else "class"
        return _made(name, of, kind, [each for each in classes if counts[each]], texts)
    if len(counts) > max(MOST_LEVELS, len(known) // 2):
        return None
    kept = [each for each, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_LEVELS]]
    rare = [OTHERS] if len(counts) > len(kept) else []
    shown = [text if text is None or text in kept else OTHERS for text in texts]
    return _made(name, of, "class", [*sorted(map(str, kept)), *rare], shown)


def _texts(values: Sequence[Value], written: Callable[[float], str]) -> list[Value]:
    return [written(value) if isinstance(value, float) else value for value in values]


def _made(
    name: str, of: Of, kind: Literal["number", "class", "grade"], levels: list[str], values: Sequence[Value]
) -> s.MapColumn:
    missing = sum(value is None for value in values)
    return s.MapColumn(name=name, of=of, kind=kind, levels=levels, values=list(values), missing=missing)

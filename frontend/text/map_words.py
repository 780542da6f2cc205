"""Words of the map: its columns, and what the chosen studies have in common."""

from collections.abc import Sequence

from frontend.text import causes_words, labels
from frontend.text.case_facts import unit_of_time
from shared import schemas as s
from shared.protocol_words import spoken

WORTH_SAYING = 0.1
"""By how much more of the chosen studies a class must have it, to be named."""


def column_words(column: s.MapColumn, protocol: s.Protocol) -> str:
    """`IDH status`, `Survival, days`, `Tumor volume, mL`, `PSA`."""
    if column.of == "region":
        name = spoken(column.name)
        return f"{name[:1].upper()}{name[1:]} volume, mL"
    if column.of == "clinical":
        return causes_words.column(protocol, column.name)
    target, _, part = column.name.partition(" ")
    known = protocol.target(target)
    if known is not None and part == "time":
        part = unit_of_time(known) or part
    return f"{labels.task(protocol, target)}, {part}" if part else labels.task(protocol, target)


def of_task(columns: Sequence[s.MapColumn], protocol: s.Protocol, task: str) -> str | None:
    """The words of the column of what a fine-tuning learned: a target, its time, or the volume of its region."""
    target = protocol.target(task)
    region = None if target is None else target.region
    for column in columns:
        own = column.name.partition(" ")[0] == task if column.of == "target" else column.name == region
        if own and column.of != "clinical":
            return column_words(column, protocol)
    return None


def about(studies: Sequence[s.MappedStudy], found: s.EmbeddingMap) -> str:
    """How many neighbours the chosen studies keep, beside the whole cohort."""
    kept = sum(study.kept for study in studies) / (len(studies) * found.neighbours)
    return f"They keep {round(100 * kept)} % of their neighbours (all studies: {round(100 * found.kept_share)} %)."


def told_apart(protocol: s.Protocol, found: s.EmbeddingMap, chosen: set[str]) -> str:
    """The class that is more common among the chosen studies than among all by the most, where it is by a tenth."""
    inside = [study.case_id in chosen for study in found.studies]
    gaps = [
        (share(inside, column.values, level) - share([True] * len(inside), column.values, level), column, level)
        for column in found.columns
        for level in column.levels
    ]
    if not gaps or (most := max(gaps, key=lambda gap: gap[0]))[0] < WORTH_SAYING:
        return ""
    _, column, level = most
    here, everywhere = (round(100 * share(rows, column.values, level)) for rows in (inside, [True] * len(inside)))
    return f"{column_words(column, protocol)} {level} in {here} % of them (all studies: {everywhere} %)."


def share(inside: Sequence[bool], values: Sequence[str | float | None], level: str) -> float:
    """How common a class is among the studies inside whose class is known."""
    known = [value for value, counts in zip(values, inside, strict=True) if counts and value is not None]
    return sum(value == level for value in known) / len(known) if known else 0.0

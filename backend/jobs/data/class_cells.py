"""The clinical table of a cohort with the classes of its targets by name, and which cells are no value of a target."""

from collections.abc import Sequence
from dataclasses import replace

from backend.science.tables.class_spellings import ANSWERS, number_word
from backend.science.tables.study_columns import MISSING, NONE
from backend.science.tables.target_cells import number_in
from backend.science.tables.target_values import NoValue, columns_of, target_value
from backend.science.tables.types import Clinical
from shared.csv_cells import neutral
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget

CLASSES = ("class", "ordinal")


def with_classes(clinical: Clinical, protocol: Protocol, task: str) -> Clinical:
    """The table with the cells of classes and grades as the names of their classes; a cell that is none is blank.

    Of two targets of one column the task's own counts. The prostate's column pirads stays as it is: import refuses
    what is no grade from 1 to 5, and earlier analyses were given the grades, not the classes 1-2, 3, 4, 5.
    """
    if protocol.is_prostate:
        return clinical
    named: dict[str, tuple[str, ...]] = {}
    for target in _targets(protocol, task):
        column = column_named(clinical, target.column) if target.kind in CLASSES else None
        if column is not None and column not in named:
            words = class_words(target.classes)
            places = [target_value(target, {column: cell}) for cell in clinical.columns[column]]
            named[column] = tuple(words[place] if isinstance(place, int) else "" for place in places)
    return replace(clinical, columns={**clinical.columns, **named})


def class_target(protocol: Protocol, task: str, column: str) -> ProtocolTarget | None:
    """The target whose classes a column holds; of two the task's own."""
    of_column = (one for one in _targets(protocol, task) if one.kind in CLASSES and one.column is not None)
    return next((one for one in of_column if (one.column or "").casefold() == column.strip().casefold()), None)


def column_named(clinical: Clinical, name: str | None) -> str | None:
    """The column of a name; capital and small letters are the same where no name is the very one."""
    if name is None or name in clinical.columns:
        return name
    return next((one for one in clinical.columns if one.strip().casefold() == name.strip().casefold()), None)


def strangers(clinical: Clinical, target: ProtocolTarget, studies: Sequence[str]) -> list[str]:
    """For each of these studies whose filled cells are no value of a target, why; `clinical` as it was imported."""
    columns = [column for name in columns_of(target) if (column := column_named(clinical, name)) is not None]
    wanted, rows = set(studies), zip(*(clinical.columns[column] for column in columns), strict=True)
    values = (target_value(target, dict(zip(columns, cells, strict=True))) for cells in rows)
    found = zip(clinical.study_id, values, strict=True) if columns else ()
    return [
        value.reason for study, value in found if isinstance(value, NoValue) and not value.blank and study in wanted
    ]


def class_words(classes: Sequence[str]) -> list[str]:
    """What a table calls these classes: by name, unless a reader that knows no protocol took one of them for another.

    `-` would be a blank, `no` and `0` the same; then each has the word class in front, such as `class -`.
    """
    words = [name.strip() if (value := number_in(name)) is None else number_word(value) for name in classes]
    answers = [ANSWERS[word.lower()] for word in words if word.lower() in ANSWERS]
    lost = any(_is_lost(word) for word in words) or len(set(answers)) < len(answers)
    return [f"class {name}" for name in classes] if lost else words


def _is_lost(word: str) -> bool:
    """Whether a table would read the word as a blank, or have to write it in another way."""
    return word.lower() in MISSING | {NONE} or (number_in(word) is None and neutral(word) != word)


def _targets(protocol: Protocol, task: str) -> list[ProtocolTarget]:
    """The targets of a protocol, that of the task first."""
    return sorted(protocol.targets, key=lambda one: one.name != task)

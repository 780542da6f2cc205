"""What sentences, titles and captions say of conditions on cases: `PSA above 10 and centre A or B`."""

from collections.abc import Sequence

from shared.conditions import Beyond, Condition, OneOf, Span, Value, written
from shared.protocol_words import spoken, target_words
from shared.schemas.protocol import Protocol

STUDY, PATIENT = "study_id", "patient_id"
COLUMNS = {
    "psa": "PSA",
    "age": "age",
    "isup": "ISUP grade",
    "pirads": "PI-RADS",
    "center": "centre",
    "field_t": "field strength",
}
SIGN_WORDS = {">": "above", ">=": "at least", "<": "below", "<=": "at most"}
UNITS = {"field_t": "T"}
MOST_VALUES = 4
"""Values of one column that are named; of more, their number."""


def column_words(protocol: Protocol, name: str) -> str:
    """A column within a sentence: `PSA`, `gland volume`; one that came with a table keeps its name."""
    for region in protocol.regions:
        if name == f"{region.name}_ml":
            return f"{spoken(region.name)} volume"
        if name == region.volume_column:
            return f"reported {spoken(region.name)} volume"
    for target in protocol.targets:
        if target.column is not None and name.casefold() == target.column.casefold():
            return target_words(protocol, target.name)
    return COLUMNS.get(name, name)


def unit_of(protocol: Protocol, name: str) -> str:
    """The unit of a column's numbers, as far as it is known; else nothing."""
    volumes = {f"{one.name}_ml" for one in protocol.regions} | {one.volume_column for one in protocol.regions}
    return "mL" if name in volumes else UNITS.get(name, "")


def conditions_words(protocol: Protocol, conditions: Sequence[Condition]) -> str:
    """All conditions, short enough for a title: `PSA above 10, centre A or B`."""
    return ", ".join(_words(protocol, one) for one in conditions)


def _words(protocol: Protocol, condition: Condition) -> str:
    name, unit = column_words(protocol, condition.column), unit_of(protocol, condition.column)
    unit = f" {unit}" if unit else ""
    if isinstance(condition, Beyond):
        return f"{name} {SIGN_WORDS[condition.sign]} {_number(condition.bound)}{unit}"
    if condition.values == (None,):
        return f"{name} {'not ' if condition.wanted else ''}known"
    if condition.column in (STUDY, PATIENT):
        return _chosen(condition)
    listed = [_value(one, unit) for one in condition.values]
    told = _either(listed) if len(listed) <= MOST_VALUES else f"one of {len(listed)} values"
    if condition.wanted:
        return f"{name} {told}"
    return f"{name} other than {told}" if len(listed) <= MOST_VALUES else f"{name} none of {len(listed)} values"


def _chosen(condition: OneOf) -> str:
    """Studies or patients that were picked one by one."""
    singular, plural = ("study", "studies") if condition.column == STUDY else ("patient", "patients")
    n = len(condition.values)
    if n == 1:
        return f"{singular} {condition.values[0]}" if condition.wanted else f"without {singular} {condition.values[0]}"
    return f"{n} chosen {plural}" if condition.wanted else f"without {n} chosen {plural}"


def _value(value: Value, unit: str) -> str:
    if value is None:
        return "not known"
    if isinstance(value, Span):
        return f"from {_number(value.low)} to {_number(value.high)}{unit}"
    return value


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _number(number: float) -> str:
    return written(number).replace("-", "−")

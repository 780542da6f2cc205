"""What line, list and links of cases say of them: values of targets and volumes of regions, in the protocol's words."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from frontend.text import labels, numbers
from shared import schemas as s
from shared.protocol_words import finding_of, spoken
from shared.schemas.protocol_parts import ProtocolTarget

CLINICAL = ("pirads", "isup", "psa", "age")
"""Columns that a case has as they were given: a score of 4, where the target's class is `4` or a range."""
LARGE_ML = 1000
"""Volumes from here on are told in whole millilitres."""
TIMES = ("days", "weeks", "months", "years")
Value = str | float | int


@dataclass(frozen=True)
class Fact:
    """One thing that is known of some cases: a column of the list."""

    name: str
    label: str
    of: Callable[[s.Case], Value | None]
    digits: int | None = None


def shown_targets(protocol: s.Protocol) -> list[ProtocolTarget]:
    """The targets that are clinical values of their own: no mask, and no volume of a region."""
    volumes = {one.volume_column for one in protocol.regions if one.volume_column}
    return [one for one in protocol.targets if one.kind != "mask" and one.column not in volumes]


def target_value(case: s.Case, target: ProtocolTarget) -> Value | None:
    """A class by its name or as it was given, a number, or a time in words."""
    if target.column in CLINICAL:
        given: float | int | None = getattr(case, target.column)
        return given
    value = case.targets.get(target.name)
    if isinstance(value, dict):
        unit = unit_of_time(target)
        time = f"{value['time']:g} {unit}" if unit else f"time {value['time']:g}"
        return f"{time}, {'event' if value['event'] else 'censored'}"
    return value


def unit_of_time(target: ProtocolTarget) -> str:
    """`days` for a survival whose column is `os_days`; nothing where the column's last word is no unit."""
    column = (target.columns or ("",))[0].casefold()
    return next((unit for unit in TIMES if re.search(rf"(?<![a-z]){unit}?\)?$", column)), "")


def facts(protocol: s.Protocol) -> list[Fact]:
    """Targets, then volumes of regions."""
    finding = finding_of(protocol)
    found = [Fact(one.name, labels.task(protocol, one.name), _value_of(one)) for one in shown_targets(protocol)]
    for roi in protocol.rois:
        name = spoken(roi)
        label = f"{name[:1].upper()}{name[1:]} (mL)"
        found.append(Fact(roi, label, _volume_of(roi), digits=2 if roi == finding else 1))
    return found


def known_facts(protocol: s.Protocol, cases: Sequence[s.Case]) -> list[Fact]:
    """The facts that any of the cases has."""
    return [fact for fact in facts(protocol) if any(fact.of(case) is not None for case in cases)]


def target_words(case: s.Case, protocol: s.Protocol) -> list[str]:
    """`PI-RADS 4`, `IDH status mutant`; a class that is not known is said, other values are left out."""
    found = []
    for target in shown_targets(protocol):
        value, label = target_value(case, target), labels.task_within(protocol, target.name)
        if value is not None:
            found.append(f"{label} {value:g}" if isinstance(value, float) else f"{label} {value}")
        elif target.kind in ("class", "ordinal"):
            found.append(f"{label} not given")
    return found


def first_label(case: s.Case, protocol: s.Protocol) -> str:
    """The first class of a case in words, for links to it; nothing where it is not known."""
    for target in shown_targets(protocol):
        if target.kind in ("class", "ordinal"):
            value = target_value(case, target)
            return "" if value is None else f"{labels.task_within(protocol, target.name)} {value}"
    return ""


def volume_words(case: s.Case, protocol: s.Protocol) -> list[str]:
    """`gland 44.3 mL`, `lesion 0.31 mL`, `no lesion outlined`."""
    finding = finding_of(protocol)
    found = []
    for roi in protocol.rois:
        volume, name = case.volumes_ml.get(roi), spoken(roi)
        if roi == finding:
            found.append(f"{name} {_millilitres(volume, 2)}" if volume else f"no {name} outlined")
        elif volume is not None:
            found.append(f"{name} {_millilitres(volume, 1)}")
    return sorted(found, key=lambda words: words.startswith("no "))


def _millilitres(volume: float, digits: int) -> str:
    return f"{numbers.count(round(volume)) if volume >= LARGE_ML else f'{volume:.{digits}f}'} mL"


def measured_regions(case: s.Case, protocol: s.Protocol) -> list[str]:
    """The regions outlined in a case; the first of the protocol where its volumes are not known."""
    return [roi for roi in protocol.rois if case.volumes_ml.get(roi)] or list(protocol.rois[:1])


def _value_of(target: ProtocolTarget) -> Callable[[s.Case], Value | None]:
    return lambda case: target_value(case, target)


def _volume_of(roi: str) -> Callable[[s.Case], Value | None]:
    return lambda case: case.volumes_ml.get(roi)

"""How many studies have which value of a target, and sentences on those that have none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.science.tables.target_values import NoValue, Survival, TargetColumns, Value

MOST_REASONS = 5
"""Different reasons that are told one by one."""


@dataclass(frozen=True)
class TargetCounts:
    """Studies with a value, those whose value is not known, and reasons of the others with how many each."""

    values: tuple[Value, ...]
    blank: int
    misread: Mapping[str, int]

    @classmethod
    def of(cls, found: Sequence[Value | NoValue]) -> "TargetCounts":
        """Count what studies have."""
        values = tuple(one for one in found if not isinstance(one, NoValue))
        misread = Counter(one.reason for one in found if isinstance(one, NoValue) and not one.blank)
        return cls(values, len(found) - len(values) - misread.total(), dict(misread.most_common()))

    def sentences(self, name: str) -> list[str]:
        """What stands against learning from a study: values that are none of the target's; never silent."""
        count = sum(self.misread.values())
        if not count:
            return []
        reasons = [f"{reason} ({often})" for reason, often in self.misread.items()]
        studies = "1 study has" if count == 1 else f"{count} studies have"
        more = [f"and {len(reasons) - MOST_REASONS} more"] if len(reasons) > MOST_REASONS else []
        return [f"{studies} no value of {name} that can be read: {'; '.join((*reasons[:MOST_REASONS], *more))}."]


def value_counts(target: TargetColumns, values: Sequence[Value]) -> dict[str, Any]:
    """How often what occurs: studies a class by its name, events of a survival, masks with voxels."""
    if target.kind in ("class", "ordinal"):
        often = Counter(values)
        return {name: often.get(place, 0) for place, name in enumerate(target.classes)}
    if target.kind == "survival":
        return {"studies": len(values), "events": sum(isinstance(one, Survival) and one.event for one in values)}
    if target.kind == "mask":
        return {"studies": len(values), "with_mask": sum(bool(one) for one in values)}
    return {"studies": len(values)}

"""The values that a case has of its protocol's targets, and what is wrong with cells that are none."""

from collections.abc import Mapping

from backend.models import Case
from backend.science.tables.target_values import NoValue, Survival, target_value
from backend.storage.case_cells import clinical_cells
from shared.schemas.protocol import Protocol

Shown = str | float | dict[str, float | bool]


def targets_of(case: Case, protocol: Protocol) -> dict[str, Shown]:
    """Target -> name of the class, number, or time and event; masks and targets without a value are left out."""
    cells, found = clinical_cells(case), dict[str, Shown]()
    for target in protocol.targets:
        value = None if target.kind == "mask" else target_value(target, cells)
        if isinstance(value, Survival):
            found[target.name] = {"time": value.time, "event": value.event}
        elif value is not None and not isinstance(value, NoValue):
            found[target.name] = target.classes[int(value)] if target.classes else float(value)
    return found


def faults_of(cells: Mapping[str, object], protocol: Protocol) -> list[str]:
    """A sentence for each target that a filled cell gives no value of."""
    values = {one.name: target_value(one, cells) for one in protocol.targets if one.kind != "mask"}
    return [
        f"The target {name} has no value: {value.reason}."
        for name, value in values.items()
        if isinstance(value, NoValue) and not value.blank
    ]

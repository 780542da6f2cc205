"""The label that a task learned, as a clinical column: a target's own column, or what a survival is as one number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend.jobs.data.case_targets import label_columns, region_of
from backend.science.tables.study_columns import Kind
from backend.science.tables.survival_label import martingale_residuals
from backend.science.tables.target_values import Survival, target_value
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget


@dataclass(frozen=True, slots=True)
class TaskLabel:
    """Columns that may hold the label, the first that is there counts; `kind` None leaves it to the values."""

    columns: tuple[str, ...]
    words: str
    kind: Kind | None = None

    def column_in(self, columns: Iterable[str]) -> str | None:
        """The column that holds the label; capital and small letters are the same where no name is the very one."""
        names = list(columns)
        folded = {name.strip().casefold(): name for name in reversed(names)}
        found = (name if name in names else folded.get(name.casefold()) for name in self.columns)
        return next((name for name in found if name is not None), None)


def task_label(protocol: Protocol, task: str) -> TaskLabel:
    """Where the label of a task stands; of one that is no target of the protocol, in the column of its name."""
    target = protocol.target(task)
    if target is None:
        name = task.strip().lower()
        return TaskLabel((name,), name)
    if target.kind == "survival":
        return TaskLabel((residual_column(target),), " with ".join(target.columns or ()), "number")
    own = label_columns(protocol, target)[0]
    return TaskLabel(own, " or ".join(own), _kind(protocol, target))


def residual_column(target: ProtocolTarget) -> str:
    """The column of a survival as one number."""
    return f"{target.name}_residual"


def survival_columns(protocol: Protocol, cells: Sequence[Mapping[str, object]]) -> dict[str, tuple[str, ...]]:
    """Column -> what each study has; blank for a study whose time or event is not known."""
    return {
        residual_column(target): _residuals([target_value(target, row) for row in cells])
        for target in protocol.targets
        if target.kind == "survival"
    }


def _residuals(values: Sequence[object]) -> tuple[str, ...]:
    known = {at: value for at, value in enumerate(values) if isinstance(value, Survival)}
    found = martingale_residuals([one.time for one in known.values()], [one.event for one in known.values()])
    words = dict(zip(known, (f"{value:.17g}" for value in found.tolist()), strict=True))
    return tuple(words.get(at, "") for at in range(len(values)))


def _kind(protocol: Protocol, target: ProtocolTarget) -> Kind | None:
    """Classes and grades are classes however many there are; a number that is no volume is one however few."""
    if target.kind in ("class", "ordinal"):
        return "class"
    return "number" if region_of(protocol, target) is None else None

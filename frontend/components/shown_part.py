"""What of an analysis a page shows: the groups of the chosen modality, and how many studies and features they hold."""

from collections.abc import Sequence

from frontend.components import notices
from frontend.components.context_bar import Context
from shared import schemas as s


def of_modality(rows: Sequence[s.GroupRow], modality: str | None) -> list[s.GroupRow]:
    """The groups of one modality, by themselves and by class; all groups where none is chosen."""
    if modality is None:
        return list(rows)
    return [row for row in rows if modality_of(row) == modality]


def modality_of(row: s.GroupRow) -> str | None:
    """The modality of a group; None where it spans several."""
    if row.grouping == "modality":
        return row.group
    return row.group.rpartition("_")[0] if row.grouping == "modality_class" else None


def n_features(rows: Sequence[s.GroupRow], modality: str | None) -> int | None:
    """How many features the chosen modality has; None where none is chosen."""
    return next((row.n_features for row in rows if row.grouping == "modality" and row.group == modality), None)


def made_of(here: Context, rows: Sequence[s.GroupRow]) -> str:
    """Studies, features and seed of what is shown, for captions; `rows` are all groups of the analysis."""
    return notices.made_of(here.analysis, n_features(rows, here.modality))

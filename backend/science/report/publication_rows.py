"""Rows of a figure for a paper: their names outside the plot, and the line from before to after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.science.tables.glossary import CLASS_LABELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, QUIET, SLATE, BAND = "#1B2430", "#8A8F98", "#4B5563", "#E3E6EB"
STRONGER, WEAKER, LABEL_BORNE, KEPT = "#0072B2", "#D55E00", "#B8860B", "#5F6B7A"
OF_FLAG = {
    **{"stronger": STRONGER, "probable_stronger": STRONGER, "weaker": WEAKER, "probable_weaker": WEAKER},
    **{"label_borne": LABEL_BORNE, "kept": KEPT},
}
MARGIN = 0.03
"""The smallest change that the method calls one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a chart from before to after."""

    name: str
    pre: float
    ft: float
    colour: str


def named(axes: "Axes", names: Sequence[str]) -> list[int]:
    """Rows from top to bottom, their names outside the plot; their heights."""
    at = list(range(len(names), 0, -1))
    axes.set_yticks(at, list(names))
    axes.set_ylim(0.3, max(len(names), 1) + 0.7)
    return at


def group_name(group: str) -> str:
    """`T2 First order` for `T2_firstorder`."""
    modality, _, feature_class = group.rpartition("_")
    return f"{modality} {CLASS_LABELS.get(feature_class, feature_class)}"


def by_change(pre: float, ft: float) -> str:
    """Colour by a plain change; below zero in both stages it is one of noise."""
    if max(pre, ft) <= 0 or abs(ft - pre) <= MARGIN:
        return QUIET
    return STRONGER if ft > pre else WEAKER


def dumbbells(axes: "Axes", rows: Sequence[Row], scale: float) -> None:
    """Before (hollow) to after (filled), a line a row."""
    axes.axvline(0, color=QUIET, linewidth=0.6 * scale)
    for row, y in zip(rows, named(axes, [row.name for row in rows]), strict=True):
        axes.plot([row.pre, row.ft], [y, y], color=row.colour, linewidth=1.2 * scale)
        axes.plot(row.pre, y, "o", color=row.colour, markerfacecolor="white", markersize=3.6 * scale)
        axes.plot(row.ft, y, "o", color=row.colour, markersize=3.6 * scale)


def plain_row(name: str, pre: float, ft: float) -> Row:
    """A row that is coloured by its plain change."""
    return Row(name, pre, ft, by_change(pre, ft))

"""Rows of marks on one axis: names outside the plot, the number that is drawn at the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from frontend.drawn.axis import Axis

TONES = {
    "stronger": "stronger",
    "probable_stronger": "stronger",
    "weaker": "weaker",
    "probable_weaker": "weaker",
    "label_borne": "label-borne",
    "kept": "kept",
}
"""Flag -> class of its colour; every other flag is grey."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what is drawn on the axis, the number beside it, and its words for a reader.

    `start` is hollow and `end` filled; `interval` is the pale band, `tick` the thin mark of what was expected.
    """

    name: str
    told: tuple[str, ...]
    number: str
    end: float
    start: float | None = None
    tone: str = "quiet"
    interval: tuple[float, float] | None = None
    tick: float | None = None
    ticks: tuple[float, ...] = ()
    control: tuple[float, float] | None = None
    below: bool = False
    """Whether `end` or `start` lies below the axis and is drawn at its edge as an arrow."""

    @property
    def places(self) -> list[float]:
        """Every place on the axis that is drawn."""
        known = [self.end, self.start, self.tick, *self.ticks, *(self.interval or ()), *(self.control or ())]
        return [value for value in known if value is not None]


def tone(flag: str | None) -> str:
    """The class of a flag's colour."""
    return TONES.get(flag or "", "quiet")


def rows_html(lines: Sequence[Line], axis: Axis, key: Sequence[str], floor: float | None = None) -> str:
    """All rows with their axis; `key` says what the marks mean, `floor` is a dashed line."""
    told = "".join(f"<span>{escape(one)}</span>" for one in key)
    grid = axis.grid + ("" if floor is None else _at("floor", axis, floor))
    rows = "".join(_row(line, axis, grid, first=place == 0) for place, line in enumerate(lines))
    return f'<div class="key" aria-hidden="true">{told}</div><div class="rows" role="list">{rows}</div>{axis.html}'


def _row(line: Line, axis: Axis, grid: str, first: bool) -> str:
    words = escape("\n".join([line.name, *line.told]))
    spoken = escape(f"{line.name}: {', '.join(line.told)}")
    return (
        f'<div class="row {line.tone}" role="listitem" tabindex="{0 if first else -1}" data-tip="{words}" '
        f'aria-label="{spoken}"><span class="name">{escape(line.name)}</span>'
        f'<span class="lane" aria-hidden="true">{grid}{_marks(line, axis)}</span>'
        f'<span class="number">{escape(line.number)}</span></div>'
    )


def _marks(line: Line, axis: Axis) -> str:
    parts = []
    if line.control is not None:
        parts.append(_between("control", axis, *line.control))
    if line.interval is not None:
        parts.append(_between("band", axis, *line.interval))
    parts += [_at("run", axis, value) for value in line.ticks]
    if line.tick is not None:
        parts.append(_at("tick", axis, line.tick))
    if line.start is not None:
        parts.append(_between("way", axis, min(line.start, line.end), max(line.start, line.end)))
        parts.append(_at("hollow", axis, line.start))
    parts.append(_at("filled", axis, line.end))
    if line.below:
        parts.append('<i class="arrow">◁</i>')
    return "".join(parts)


def _between(kind: str, axis: Axis, low: float, high: float) -> str:
    left, right = axis.at(low), axis.at(high)
    return f'<i class="{kind}" style="left:{left}%;width:{max(right - left, 0.3):.2f}%"></i>'


def _at(kind: str, axis: Axis, value: float) -> str:
    return f'<i class="{kind}" style="left:{axis.at(value)}%"></i>'

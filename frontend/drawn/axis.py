"""The axis under rows of marks: its ends, its ticks, and places on it as percent of its width."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from frontend.text import numbers

ROOM = 0.04
"""Of the span, left free at both ends, so that no mark is cut."""
MOST_TICKS = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis from `low` to `high` with a label; `signed` writes its ticks with a plus."""

    low: float
    high: float
    label: str
    signed: bool = False

    @classmethod
    def around(cls, values: Iterable[float], label: str, signed: bool = False, least: float = 0.1) -> "Axis":
        """The axis that holds all values and zero with some room; it never spans less than `least`."""
        known = [0.0, *(value for value in values if math.isfinite(value))]
        low, high = min(known), max(known)
        short = max(0.0, least - (high - low))
        low, high = (low - short / 2, high + short / 2) if signed else (low, high + short)
        room = ROOM * (high - low)
        return cls(low - room, high + room, label, signed)

    def at(self, value: float) -> float:
        """The place of a value in percent, kept within the axis."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    @property
    def ticks(self) -> list[float]:
        """Round numbers on the axis, five at most."""
        rough = (self.high - self.low) / MOST_TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough)
        first = math.ceil(self.low / step)
        return [number * step for number in range(first, math.floor(self.high / step) + 1)]

    @property
    def grid(self) -> str:
        """Thin lines at the ticks, a stronger one at zero."""
        return "".join(
            f'<i class="{"zero" if abs(tick) < 1e-9 else "grid"}" style="left:{self.at(tick)}%"></i>'
            for tick in self.ticks
        )

    @property
    def html(self) -> str:
        """The row of ticks and the label below all rows."""
        write = numbers.change if self.signed else numbers.r2
        ticks = "".join(f'<span style="left:{self.at(tick)}%">{write(tick)}</span>' for tick in self.ticks)
        return (
            f'<div class="axis" aria-hidden="true"><div class="ticks">{ticks}</div>'
            f'<div class="label">{escape(self.label)}</div></div>'
        )

"""The colours of a heat map: viridis for R², orange over the ground to blue for a change, symmetric around zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from frontend.charts import style
from frontend.drawn.heat_cells import Cell, Measure, coloured
from frontend.text import numbers

VIRIDIS = ("#440154", "#472D7B", "#3B528B", "#2C728E", "#21918C", "#28AE80", "#5EC962", "#ADDC30", "#FDE725")
BLACK_FROM = 0.179
"""Luminance from which black stands out more than white; either then has a contrast of 4.5 at least (WCAG 2.2)."""


def _luminance(red: float, green: float, blue: float) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red / 255, green / 255, blue / 255)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@dataclass(frozen=True, slots=True)
class Scale:
    """Both ends of a colour scale and its stops."""

    low: float
    high: float
    stops: tuple[str, ...]
    signed: bool

    @classmethod
    def of(cls, cells: Sequence[Cell], measure: Measure, dark: bool) -> "Scale":
        """The scale of all cells; before and after share one. It ends at R² -1 and changes of 1."""
        if measure == "change":
            widest = max((abs(value) for one in cells if (value := coloured(one, measure)) is not None), default=0.0)
            widest = min(max(widest, 2 * style.MARGIN), -style.LOWEST)
            return cls(-widest, widest, tuple(str(colour) for _, colour in style.diverging(dark)), True)
        values = [style.clipped(value) for cell in cells for value in (cell.pre, cell.ft) if value is not None]
        return cls(min(values, default=0.0), max(values, default=1.0), VIRIDIS, False)

    def colours(self, value: float | None) -> tuple[str, str]:
        """The colour of a value's ground and that of the number on it; empty where there is no value."""
        if value is None:
            return "", ""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        red, green, blue = self._mixed(min(max(share, 0.0), 1.0))
        ink = "#000000" if _luminance(red, green, blue) > BLACK_FROM else "#FFFFFF"
        return f"rgb({red:.0f} {green:.0f} {blue:.0f})", ink

    def _mixed(self, share: float) -> tuple[float, float, float]:
        place = share * (len(self.stops) - 1)
        at = min(int(place), len(self.stops) - 2)
        first, second = self.stops[at], self.stops[at + 1]
        red, green, blue = (
            int(first[k : k + 2], 16) + (place - at) * (int(second[k : k + 2], 16) - int(first[k : k + 2], 16))
            for k in (1, 3, 5)
        )
        return red, green, blue

    def html(self, words: str) -> str:
        """The scale as a bar with its ends."""
        write = numbers.change if self.signed else numbers.r2
        return (
            f'<p class="scale" aria-hidden="true">{escape(words)} {write(self.low)}'
            f'<i style="background:linear-gradient(90deg, {", ".join(self.stops)})"></i>{write(self.high)}</p>'
        )

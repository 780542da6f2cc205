"""Pictures of several small plots as SVG, light or dark as the reader's screen is."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

LIGHT = {
    "ground": "#ffffff",
    "ink": "#1b1f24",
    "quiet": "#57606a",
    "rule": "#d0d7de",
    "blue": "#0072B2",
    "orange": "#D55E00",
    "gold": "#8a6508",
    "green": "#00805c",
    "grey": "#8A8F98",
}
DARK = {
    "ground": "#131416",
    "ink": "#e6edf3",
    "quiet": "#a2abb5",
    "rule": "#3a4048",
    "blue": "#56b4e9",
    "orange": "#f08c4a",
    "gold": "#e0b030",
    "green": "#35c79a",
    "grey": "#868d96",
}
WIDTH = 480
FONT = 'font-family="system-ui, sans-serif" font-size="13"'
Point = tuple[float, float]


def styles(colours: dict[str, str]) -> str:
    """The rules that fill and draw in named colours: `f-ink` fills, `s-ink` strokes."""
    return "".join(f".f-{name}{{fill:{value}}}.s-{name}{{stroke:{value}}}" for name, value in colours.items())


class Sheet:
    """A picture of a fixed width. Places are in pixels from its upper left corner."""

    def __init__(self, title: str, height: int) -> None:
        self.title, self.height = title, height
        self.marks: list[str] = []

    def text(
        self, at: Point, words: str, colour: str = "ink", anchor: str = "start", bold: bool = False, more: str = ""
    ) -> None:
        """A line of text; `at` is its base line."""
        weight = ' font-weight="600"' if bold else ""
        self.marks.append(
            f'<text x="{at[0]:g}" y="{at[1]:g}" class="f-{colour}" text-anchor="{anchor}"{weight}{more}>'
            f"{escape(words)}</text>"
        )

    def box(self, at: Point, size: Point, colour: str, opacity: float = 1.0, edge: bool = False) -> None:
        """A rectangle: filled, or its edge alone."""
        kind = f'class="s-{colour}" fill="none"' if edge else f'class="f-{colour}" fill-opacity="{opacity:.2f}"'
        self.marks.append(f'<rect x="{at[0]:g}" y="{at[1]:g}" width="{size[0]:g}" height="{size[1]:g}" {kind}/>')

    def line(self, start: Point, end: Point, colour: str, width: float = 1.5, dashed: bool = False) -> None:
        """A straight line."""
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        path = f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}"
        self.marks.append(f'<path d="{path}" class="s-{colour}" stroke-width="{width:g}"{dash}/>')

    def dot(self, at: Point, colour: str, radius: float = 3.0, filled: bool = True) -> None:
        """A round mark; what is not filled is drawn as a ring."""
        kind = f'class="f-{colour}" fill-opacity="0.8"' if filled else f'class="s-{colour}" fill="none"'
        self.marks.append(f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:g}" {kind}/>')

    def arrow(self, start: Point, end: Point, colour: str = "quiet") -> None:
        """A level line with a head at its end."""
        x, y = end
        back = x - 7 if x > start[0] else x + 7
        self.line(start, end, colour)
        self.marks.append(f'<path d="M{back:g} {y - 4:g}L{x:g} {y:g}L{back:g} {y + 4:g}Z" class="f-{colour}"/>')

    def svg(self) -> str:
        """The whole picture on a ground of its own, so that it can be read wherever it stands."""
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{self.height}" '
                f'viewBox="0 0 {WIDTH} {self.height}" role="img" {FONT}>',
                f"<title>{escape(self.title)}</title>",
                f"<style>{styles(LIGHT)}@media (prefers-color-scheme:dark){{{styles(DARK)}}}</style>",
                f'<rect width="{WIDTH}" height="{self.height}" rx="6" class="f-ground"/>',
                *self.marks,
                "</svg>",
                "",
            ]
        )


@dataclass(frozen=True)
class Plot:
    """A plot on a sheet: its left, top, width and height, and the values at its ends."""

    sheet: Sheet
    place: tuple[float, float, float, float]
    x_span: Point
    y_span: Point = (0.0, 1.0)

    def at(self, x: float, y: float) -> Point:
        """Where a value lies, kept inside the plot."""
        left, top, width, height = self.place
        across, up = _share(x, self.x_span), _share(y, self.y_span)
        return left + across * width, top + (1 - up) * height

    def frame(self, head: str, below: str = "", beside: str = "") -> None:
        """The edge, a heading above, and what the two directions mean."""
        left, top, width, height = self.place
        self.sheet.box((left, top), (width, height), "rule", edge=True)
        self.sheet.text((left, top - 8), head, bold=True)
        if below:
            self.sheet.text((left + width / 2, top + height + 18), below, "quiet", "middle")
        if beside:
            x, y = left - 9, top + height / 2
            self.sheet.text((x, y), beside, "quiet", "middle", more=f' transform="rotate(-90 {x:g} {y:g})"')

    def points(self, x: Sequence[float], y: Sequence[float], colour: str, radius: float = 3.0) -> None:
        """A mark for each pair of values."""
        for one, other in zip(x, y, strict=True):
            self.sheet.dot(self.at(one, other), colour, radius)

    def line(self, start: Point, end: Point, colour: str, width: float = 2.0, dashed: bool = False) -> None:
        """A line between two pairs of values."""
        self.sheet.line(self.at(*start), self.at(*end), colour, width, dashed)

    def ticks(self, values: Sequence[float], colour: str = "quiet") -> None:
        """Values named below the plot, with a fine line through it."""
        _, top, _, height = self.place
        for value in values:
            x, _ = self.at(value, self.y_span[0])
            self.sheet.line((x, top), (x, top + height), "rule", 1)
            self.sheet.text((x, top + height + 16), f"{value:g}".replace("-", "−"), colour, "middle")


def _share(value: float, span: Point) -> float:
    low, high = span
    return (min(max(value, low), high) - low) / (high - low)

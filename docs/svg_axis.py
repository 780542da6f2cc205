"""A small chart as SVG: named rows over a horizontal axis, or points in a plane."""

from html import escape

BLUE, ORANGE, GREEN, GREY, INK = "#0072B2", "#D55E00", "#009E73", "#8A8F98", "#1b1f24"
WIDTH, ROW, TOP, BOTTOM = 640, 24, 16, 64
FONT = 'font-family="system-ui, sans-serif" font-size="12"'
CHARACTERS_A_LINE = 100


class Axis:
    """Marks are drawn by row (0 is the uppermost) and value; with `up` (low, high, title) points have a height."""

    def __init__(
        self,
        title: str,
        span: tuple[float, float],
        rows: int,
        left: int = 220,
        up: tuple[float, float, str] | None = None,
    ) -> None:
        self.title, self.span, self.left, self.up = title, span, left, up
        self.height = TOP + ROW * rows
        self.marks: list[str] = []

    def x(self, value: float) -> float:
        """Where a value lies, kept within the picture."""
        low, high = self.span
        inside = min(max(value, low), high)
        return round(self.left + (inside - low) / (high - low) * (WIDTH - self.left - 20), 1)

    def y(self, row: float) -> float:
        """Where a row or, with `up`, a height lies."""
        if self.up is None:
            return round(TOP + ROW * (row + 0.5), 1)
        low, high, _ = self.up
        return round(self.height - (min(max(row, low), high) - low) / (high - low) * (self.height - TOP), 1)

    def name(self, row: int, text: str, bold: bool = False) -> None:
        """What a row is called."""
        weight = ' font-weight="600"' if bold else ""
        self.marks.append(self._text(self.left - 10, self.y(row) + 4, text, f'text-anchor="end"{weight}'))

    def bar(self, row: int, low: float, high: float, colour: str) -> None:
        """An interval."""
        self._line((self.x(low), self.y(row)), (self.x(high), self.y(row)), colour, 3)

    def dot(self, row: int, value: float, colour: str) -> None:
        """A large mark."""
        self.marks.append(f'<circle cx="{self.x(value)}" cy="{self.y(row)}" r="6" fill="{colour}"/>')

    def small(self, row: int, value: float, colour: str, filled: bool) -> None:
        """A small mark."""
        fill = colour if filled else "none"
        self.marks.append(f'<circle cx="{self.x(value)}" cy="{self.y(row)}" r="3" fill="{fill}" stroke="{colour}"/>')

    def tick(self, row: int, value: float, colour: str) -> None:
        """A vertical stroke."""
        self._line((self.x(value), self.y(row) - 7), (self.x(value), self.y(row) + 7), colour, 1.5)

    def point(self, value: float, height: float, colour: str) -> None:
        """A point in the plane."""
        self.marks.append(
            f'<circle cx="{self.x(value)}" cy="{self.y(height)}" r="3.5" fill="{colour}" fill-opacity="0.75"/>'
        )

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: str, dashed: bool = False) -> None:
        """A line in the plane."""
        ends = [(self.x(value), self.y(height)) for value, height in (start, end)]
        self._line(ends[0], ends[1], colour, 2, ' stroke-dasharray="5 4"' if dashed else "")

    def svg(self, caption: str) -> str:
        """The picture with its axis and a caption."""
        lines = _wrapped(caption)
        whole = self.height + BOTTOM + 16 * len(lines)
        below = self.height + 4
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {whole}" role="img" {FONT}>',
            f"<title>{escape(self.title)}. {escape(caption)}</title>",
            f'<rect width="{WIDTH}" height="{whole}" fill="#ffffff"/>',
        ]
        for value in _ticks(*self.span):
            parts.append(f'<path d="M{self.x(value)} {TOP}V{below}" stroke="#d0d7de"/>')
            parts.append(self._text(self.x(value), below + 14, f"{value:g}".replace("-", "−"), 'text-anchor="middle"'))
        parts.append(f'<path d="M{self.x(0)} {TOP}V{below}" stroke="{INK}"/>')
        parts.append(self._text((self.left + WIDTH) / 2, below + 34, self.title, 'text-anchor="middle"'))
        if self.up is not None:
            parts += self._upright(self.up)
        parts += self.marks
        for number, line in enumerate(lines):
            parts.append(self._text(16, below + 58 + 16 * number, line, 'fill="#57606a"'))
        return "\n".join([*parts, "</svg>", ""])

    def _upright(self, up: tuple[float, float, str]) -> list[str]:
        low, high, title = up
        parts = [f'<path d="M{self.left} {self.y(0)}H{WIDTH - 20}" stroke="{INK}"/>']
        for value in _ticks(low, high):
            label = f"{value:g}".replace("-", "−")
            parts.append(self._text(self.left - 6, self.y(value) + 4, label, 'text-anchor="end"'))
        middle = (self.height + TOP) / 2
        return [*parts, self._text(14, middle, title, f'text-anchor="middle" transform="rotate(-90 14 {middle})"')]

    def _line(
        self, start: tuple[float, float], end: tuple[float, float], colour: str, width: float, more: str = ""
    ) -> None:
        path = f"M{start[0]} {start[1]:g}L{end[0]} {end[1]:g}"
        self.marks.append(f'<path d="{path}" stroke="{colour}" stroke-width="{width:g}"{more}/>')

    def _text(self, x: float, y: float, text: str, more: str) -> str:
        fill = "" if "fill=" in more else f' fill="{INK}"'
        return f'<text x="{x:g}" y="{y:g}" {more}{fill}>{escape(text)}</text>'


def _ticks(low: float, high: float) -> list[float]:
    """Multiples of 0.1 within the span."""
    return [n / 10 for n in range(-20, 21) if low - 1e-9 <= n / 10 <= high + 1e-9]


def _wrapped(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= CHARACTERS_A_LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines

"""Draws the pictures of docs/style.md from the code's own constants; `--check` fails where one is out of date."""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from frontend.charts import style  # noqa: E402 (the repository has to be on the path first)
from frontend.text.trust_words import FLAGS  # noqa: E402
from shared.protocol_words import MODALITY_COLOURS  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
THEME = tomllib.loads((ROOT / "frontend/.streamlit/config.toml").read_text("utf-8"))["theme"]
SHEET = (ROOT / "frontend/style.css").read_text("utf-8")
WIDTH, HALF, EDGE = 760, 380, 24
FONT = 'font-family="Inter, system-ui, sans-serif"'

Part = str
"""A piece of SVG."""


def text(x: float, y: float, words: str, colour: str, size: float = 13, weight: int = 400) -> Part:
    """One line of text."""
    return f'<text x="{x}" y="{y}" fill="{colour}" font-size="{size}" font-weight="{weight}">{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, colour: str, more: str = 'rx="6"') -> Part:
    """A filled rectangle."""
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{colour}" {more}/>'


def colours(name: str, left: float) -> Iterator[Part]:
    """What means something, then what means nothing, then the frame's own."""
    ink, dark = THEME[name]["textColor"], name == "dark"
    meaning = (
        (style.STRONGER, "stronger"), (style.WEAKER, "weaker"), (style.LABEL_BORNE, "label-borne"),
        (style.UNCHANGED, "unchanged, not decodable"), (style.PLAIN, "kept, no judgement"),
    )  # fmt: skip
    y = EDGE
    for title, listed in (
        ("A change, and nothing else", meaning),
        ("Modalities and classes, in this order", [(one, one) for one in MODALITY_COLOURS]),
        ("The frame", [(THEME[name][key], key) for key in ("primaryColor", "linkColor", "borderColor", "textColor")]),
    ):
        yield text(left + EDGE, y + 8, title, ink, 14, 650)
        y += 22
        for colour, words in listed:
            yield box(left + EDGE, y, 44, 24, colour, f'rx="6" stroke="{ink}" stroke-opacity="0.2"')
            yield text(left + EDGE + 56, y + 16, words if words == colour else f"{words}  {colour}", ink)
            y += 32
        y += 14
    yield text(left + EDGE, y + 8, "Change, symmetric about zero", ink, 14, 650)
    stops = [str(colour) for _, colour in style.diverging(dark)]
    offsets = "".join(f'<stop offset="{at / 2}" stop-color="{colour}"/>' for at, colour in enumerate(stops))
    yield f'<defs><linearGradient id="change-{name}">{offsets}</linearGradient></defs>'
    yield box(left + EDGE, y + 20, HALF - 2 * EDGE, 20, f"url(#change-{name})")


def marks(name: str, left: float) -> Iterator[Part]:
    """A line from before to after, and the mark of each flag in a badge."""
    theme = THEME[name]
    ink, page = theme["textColor"], theme["backgroundColor"]
    y = EDGE + 8
    yield text(left + EDGE, y, "Before hollow, after filled, one axis", ink, 14, 650)
    for row, (words, colour, at) in enumerate(
        (("T2 · NGTDM  +0.06", style.LABEL_BORNE, (120, 190)), ("ADC · GLSZM  +0.08", style.STRONGER, (90, 200)),
         ("DWI · GLCM  −0.04", style.WEAKER, (170, 120)), ("T2 · First order  0.00", style.UNCHANGED, (140, 146)))
    ):  # fmt: skip
        height = y + 24 + 26 * row
        low, high = (left + 130 + each for each in at)
        yield text(left + EDGE, height + 4, words, ink, 12)
        yield f'<path d="M{low} {height}H{high}" stroke="{colour}" stroke-width="2.5"/>'
        yield f'<circle cx="{low}" cy="{height}" r="5.5" fill="{page}" stroke="{colour}" stroke-width="2.5"/>'
        yield f'<circle cx="{high}" cy="{height}" r="6.5" fill="{colour}"/>'
    y += 148
    yield text(left + EDGE, y, "Flags: a mark beside the colour, always", ink, 14, 650)
    hues = {style.STRONGER: "blue", style.WEAKER: "orange", style.LABEL_BORNE: "yellow"}
    for row, (flag, mark) in enumerate(style.FLAG_MARK.items()):
        hue = hues.get(style.FLAG_COLOUR[flag])
        ground = theme[f"{hue}BackgroundColor"] if hue else theme["secondaryBackgroundColor"]
        height = y + 14 + 30 * row
        yield box(left + EDGE, height, 190, 24, ground)
        yield text(
            left + EDGE + 10, height + 16, f"{mark} {FLAGS[flag]}", theme[f"{hue}TextColor"] if hue else ink, 12.5, 550
        )


def type_scale(name: str, left: float) -> Iterator[Part]:
    """Headings, text, captions and numbers, as large as on the pages."""
    ink, base = THEME[name]["textColor"], float(THEME["baseFontSize"])
    y = float(EDGE)
    for place, (size, weight) in enumerate(
        zip(THEME["headingFontSizes"][:3], THEME["headingFontWeights"], strict=False)
    ):
        pixels = round(float(size.removesuffix("rem")) * base, 1)
        y += pixels + 10
        yield text(left + EDGE, y, f"Heading {place + 1}, {pixels:g} px, {weight}", ink, pixels, weight)
    for words, size, weight in (
        (f"The answer of a page, {base * 1.08:.1f} px", base * 1.08, 400), (f"Text, {base:g} px", base, 400),
        (f"Caption: 60 patients, seed 0, {base * 0.875:.1f} px", base * 0.875, 400), ("+0.08 [0.05, 0.11]", base, 650),
        ("R² 0.40 → 0.44 · 2 511 features · −0.02", base, 400),
    ):  # fmt: skip
        y += size + 14
        yield text(left + EDGE, y, words, ink, round(size, 1), weight)


def spacing(name: str, left: float) -> Iterator[Part]:
    """The frame to scale: rail, line of context, sides."""
    theme = THEME[name]
    ink, scale = theme["textColor"], 0.5
    found = dict(re.findall(r"--(rail|line|side): ([\d.]+)(?:px|rem)", SHEET[: SHEET.index("}")]))
    rail, line, side = float(found["rail"]), float(found["line"]) * 16, float(found["side"]) * 16
    top, width, height = EDGE, HALF - 2 * EDGE, 220
    yield box(left + EDGE, top, width, height, theme["secondaryBackgroundColor"], f'stroke="{theme["borderColor"]}"')
    yield box(left + EDGE, top, rail * scale, height, "#0F141B", "")
    yield box(
        left + EDGE + rail * scale,
        top,
        width - rail * scale,
        line * scale,
        theme["backgroundColor"],
        f'stroke="{theme["borderColor"]}"',
    )
    inner = left + EDGE + (rail + side) * scale
    yield box(
        inner,
        top + (line + 20) * scale,
        width - (rail + 2 * side) * scale,
        height - (line + 40) * scale,
        theme["backgroundColor"],
    )
    yield text(inner + 10, top + 70, f"rail {rail:g} px, 58 px at the foot of a phone", ink, 12)
    yield text(inner + 10, top + 92, f"line of context {line:g} px, sticky", ink, 12)
    yield text(inner + 10, top + 114, f"sides {side:g} px, 16 px on a phone", ink, 12)
    yield text(inner + 10, top + 136, f"corners {THEME['baseRadius']}, rows 1 rem apart", ink, 12)


DRAWN = {"colours": (colours, 680), "marks": (marks, 390), "type": (type_scale, 300), "spacing": (spacing, 270)}


def picture(name: str) -> str:
    """One picture, light at the left and dark at the right."""
    draw, height = DRAWN[name]
    parts: list[str] = []
    for half, left in (("light", 0), ("dark", HALF)):
        parts.append(box(left, 0, HALF, height, THEME[half]["backgroundColor"], ""))
        parts += draw(half, float(left))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" {FONT}>\n'
        f"{lines(parts)}</svg>\n"
    )


def lines(parts: Iterable[Part]) -> str:
    """One piece a line."""
    return "".join(f"{part}\n" for part in parts)


def main() -> None:
    """Writes the pictures, or says which one is old."""
    old = [name for name in DRAWN if not _same(PICTURES / f"style-{name}.svg", picture(name))]
    if "--check" in sys.argv:
        sys.exit(f"docs/draw_style.py has to be run again for: {', '.join(old)}" if old else 0)
    for name in DRAWN:
        (PICTURES / f"style-{name}.svg").write_text(picture(name), "utf-8")


def _same(path: Path, drawn: str) -> bool:
    return path.exists() and path.read_text("utf-8") == drawn


if __name__ == "__main__":
    main()

"""Shared style of all charts: the colours, the template for light and dark, and the Plotly configuration."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from shared.protocol_words import MODALITY_COLOURS

CATEGORIES = MODALITY_COLOURS
"""Colours of classes, and of modalities that have none of their own."""
SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "star")
"""Of modalities in their order, beside the colour."""
STRONGER, WEAKER, UNCHANGED = "#0072B2", "#D55E00", "#8A8F98"
"""What a change is; with `LABEL_BORNE` the colours that mean one thing on every page (docs/style.md)."""
DECODABLE = 0.02
"""R² from which the method counts a feature as decodable when it computes the shared change."""
LABEL_BORNE = "#B8860B"
PLAIN = "#5F6B7A"
"""Marks that say nothing of a change."""
KEPT = PLAIN
FLAG_COLOUR = {
    "stronger": STRONGER,
    "weaker": WEAKER,
    "probable_stronger": STRONGER,
    "probable_weaker": WEAKER,
    "kept": KEPT,
    "label_borne": LABEL_BORNE,
}
FLAG_MARK = {
    "stronger": "▲",
    "weaker": "▼",
    "probable_stronger": "△",
    "probable_weaker": "▽",
    "kept": "■",
    "label_borne": "◆",
}
"""The marks of flags in text; no two flags differ by colour alone."""
FLAG_SYMBOL = {
    "too_few": "circle-open-dot",
    "not_decodable": "x-thin-open",
    "underpowered": "circle-open",
    "unchanged": "circle",
    "kept": "square",
    "label_borne": "diamond",
    "probable_weaker": "triangle-down-open",
    "probable_stronger": "triangle-up-open",
    "weaker": "triangle-down",
    "stronger": "triangle-up",
}
"""The same as markers of a chart, in the order of drawing: changes lie on top."""
FADED = 0.6
DARK_TEXT, LIGHT_TEXT = "#111418", "#FFFFFF"
MARK_CONTRAST = 3.0
"""Of a mark to the page (WCAG 1.4.11)."""
LOWEST = -1.0
"""R² below this is drawn here, with an arrow: one very low value must not flatten the others."""
MARGIN = 0.03
"""Changes of R² within this margin are drawn faded: the smallest change the method ever calls one."""

FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure with the finding as title, how to read it, and the same in words for those who cannot see it.

    `data`: the numbers drawn, one row a mark, for the CSV under the chart.
    """

    figure: go.Figure
    title: str
    caption: str
    alt: str
    name: str
    data: pd.DataFrame | None = None


def ink(dark: bool) -> str:
    """Colour of text and outlines."""
    return "#E6E8EB" if dark else "#1F2933"


def paper(dark: bool) -> str:
    """Colour of the page behind the chart, for hollow markers and halos."""
    return "#12161C" if dark else "#FFFFFF"


def diverging(dark: bool) -> list[list[object]]:
    """Diverging colour map: orange below zero, the page's own background at zero, blue above."""
    return [[0.0, WEAKER], [0.5, "#222A34" if dark else "#FFFFFF"], [1.0, STRONGER]]


def standing_out(ground: tuple[float, float, float]) -> str:
    """Dark or light text, whichever has more contrast (WCAG) on a ground."""
    on = _luminance(ground)
    light, dark = (_luminance(_rgb(colour)) for colour in (LIGHT_TEXT, DARK_TEXT))
    return LIGHT_TEXT if (light + 0.05) / (on + 0.05) > (on + 0.05) / (dark + 0.05) else DARK_TEXT


def on_paper(colour: str, dark: bool) -> str:
    """The colour of a mark; on dark paper lightened until it stands out 3 : 1."""
    if not dark:
        return colour
    parts, ground = _rgb(colour), _luminance(_rgb(paper(dark)))
    share = next(
        (step / 20 for step in range(20) if _contrast(_lighter(parts, step / 20), ground) >= MARK_CONTRAST), 1.0
    )
    return colour if share == 0 else "#" + "".join(f"{round(255 * part):02X}" for part in _lighter(parts, share))


def _lighter(parts: tuple[float, float, float], share: float) -> tuple[float, float, float]:
    red, green, blue = (part + share * (1 - part) for part in parts)
    return red, green, blue


def _contrast(parts: tuple[float, float, float], ground: float) -> float:
    return (_luminance(parts) + 0.05) / (ground + 0.05)


def _rgb(colour: str) -> tuple[float, float, float]:
    if colour.startswith("rgb("):  # as Plotly writes what it samples
        red, green, blue = (float(part) / 255 for part in colour[4:-1].split(","))
        return red, green, blue
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _luminance(colour: tuple[float, float, float]) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def template(dark: bool) -> go.layout.Template:
    """Plotly template for light and dark, on the page's own background, so that a saved chart stands alone."""
    line = "rgba(230,232,235,0.16)" if dark else "rgba(31,41,51,0.12)"
    axis = {
        "gridcolor": line,
        "linecolor": line,
        "zerolinecolor": "rgba(230,232,235,0.5)" if dark else "rgba(31,41,51,0.45)",
        "zerolinewidth": 1,
        "ticks": "",
        "automargin": True,
        "title": {"standoff": 12},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": ink(dark)},
            "paper_bgcolor": paper(dark),
            "plot_bgcolor": paper(dark),
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 8, "r": 8, "t": 36, "b": 8},
            "hoverlabel": {"font": {"family": FONT, "size": 13}, "align": "left"},
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom"},
            "dragmode": False,
            "separators": ".\N{NARROW NO-BREAK SPACE}",
        }
    )


def config(name: str, lasso: bool = False) -> dict[str, Any]:
    """Plotly's configuration: nothing that calls a cloud, one button that saves `name`, and a lasso where asked for."""
    tools = ["zoom2d", "pan2d", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d"]
    kept = {"lasso2d", "select2d"} if lasso else set()
    return {
        "showSendToCloud": False,
        "displaylogo": False,
        "responsive": True,
        "modeBarButtonsToRemove": [tool for tool in tools if tool not in kept],
        "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
    }


def direction(change: float | None, margin: float = 0.0) -> str:
    """Colour of a change: stronger, weaker, or unchanged within `margin` and where it is unknown."""
    if change is None or change != change or abs(change) <= margin:
        return UNCHANGED
    return STRONGER if change > 0 else WEAKER


def says_something(pre: float | None, ft: float | None) -> bool:
    """Whether R² is above zero in one stage at least: below, a change is one of noise."""
    return max(pre or 0.0, ft or 0.0) > 0


def clipped(value: float) -> float:
    """The R² at which a value is drawn: not below `LOWEST`."""
    return max(value, LOWEST)

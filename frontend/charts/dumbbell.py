"""Importance of single features drawn as pre (hollow) to ft (filled) on one axis."""

from collections.abc import Sequence

import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.dumbbell_words import alt
from frontend.charts.pair import Pair, pair_frame
from frontend.charts.row_name import row_name
from frontend.charts.style import Chart
from frontend.text import numbers, trust_words
from frontend.text.escape import escape_html

FEATURE_ROW = 46
STABLE = 0.02
"""Importances that moved by less than this share of the largest one are drawn grey."""
KINDS = ((style.STRONGER, "up"), (style.WEAKER, "down"), (style.UNCHANGED, "little change"))


def features_dumbbell(pairs: Sequence[Pair], chosen: str | None, made_of: str, dark: bool) -> Chart:
    """Importance of single features before and after; the name stands above its own row, so that it fits a phone."""
    largest = max((max(pair.pre, pair.ft) for pair in pairs), default=0.0)
    figure = go.Figure(layout={"template": style.template(dark)})
    for colour, name in KINDS:
        rows = [(row, pair) for row, pair in enumerate(pairs) if pair.colour(STABLE * largest) == colour]
        if rows:
            _add_rows(figure, rows, colour, name, dark)
    figure.update_yaxes(range=[len(pairs) - 0.3, -0.8], zeroline=False, showticklabels=False, showgrid=False)
    figure.update_xaxes(range=_range_with_room(pairs), title_text="importance I (norm of the decoder's weights)")
    figure.update_layout(
        hovermode="closest", showlegend=False, margin={"r": 44, "t": 36, "b": 60},
        height=90 + FEATURE_ROW * len(pairs),
        annotations=[_legend(dark), *(_name(row, pair, chosen, dark) for row, pair in enumerate(pairs))],
    )  # fmt: skip
    return Chart(
        figure,
        "Importance before and after",
        "Hollow: before fine-tuning; filled: after. Click a point to open the feature. I is a weight norm: read it "
        f"beside the paper's held-out R². {made_of}",
        alt(pairs, "Importance", numbers.importance, trust_words.PLAIN),
        "shifts",
        pair_frame(pairs),
    )


def _add_rows(figure: go.Figure, rows: Sequence[tuple[int, Pair]], colour: str, name: str, dark: bool) -> None:
    opacity = style.FADED if name == "little change" else 1.0
    figure.add_scatter(
        x=[value for _, pair in rows for value in (pair.pre, pair.ft, None)],
        y=[value for row, _ in rows for value in (row, row, None)],
        mode="lines", line={"color": colour, "width": 2.5}, opacity=opacity, hoverinfo="skip",
    )  # fmt: skip
    hover = [_hover(pair) for _, pair in rows]
    for stage in ("pre", "ft"):
        figure.add_scatter(
            x=[getattr(pair, stage) for _, pair in rows], y=[row for row, _ in rows],
            mode="markers", name=f"{stage} {name}", opacity=opacity, text=hover, hoverinfo="text",
            customdata=[pair.key for _, pair in rows],
            marker={
                "size": 11, "color": style.paper(dark) if stage == "pre" else colour,
                "line": {"color": colour, "width": 2.5},
            },
        )  # fmt: skip
    figure.add_scatter(
        x=[max(pair.pre, pair.ft) for _, pair in rows], y=[row for row, _ in rows], mode="text",
        text=[f"   {numbers.importance_change(pair.pre, pair.ft)}" for _, pair in rows], textposition="middle right",
        hoverinfo="skip", textfont={"size": 12, "color": style.ink(dark)}, cliponaxis=False,
    )  # fmt: skip


def _hover(pair: Pair) -> str:
    change = numbers.importance_change(pair.pre, pair.ft)
    level = f"pre {numbers.importance(pair.pre)} → ft {numbers.importance(pair.ft)} ({change})"
    return "<br>".join([escape_html(pair.label), level, *([pair.note] if pair.note else [])])


def _range_with_room(pairs: Sequence[Pair]) -> list[float]:
    """The axis with room for the written change right of the last marker."""
    ends = [value for pair in pairs for value in (pair.pre, pair.ft)]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    span = high - low or 1.0
    return [low - 0.05 * span, high + 0.1 * span]


def _legend(dark: bool) -> dict[str, object]:
    return {
        "x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
        "text": "○ before   ● after fine-tuning", "align": "left", "font": {"size": 12, "color": style.ink(dark)},
    }  # fmt: skip


def _name(row: int, pair: Pair, chosen: str | None, dark: bool) -> dict[str, object]:
    text = row_name(pair.label)
    return {
        "x": 0, "xref": "paper", "xanchor": "left", "y": row, "yshift": 15, "showarrow": False,
        "text": f"<b>{text}</b>" if pair.key == chosen else text, "font": {"size": 11, "color": style.ink(dark)},
        "bgcolor": style.paper(dark), "borderpad": 0,
    }  # fmt: skip

"""Change drawn as pre (hollow) to ft (filled) on one axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from frontend import numbers, words
from frontend.charts import style
from frontend.charts.style import Chart
from frontend.plain import tagless
from shared import schemas as s

ROW = 30
FEATURE_ROW = 44
STABLE = 0.02
"""Importances that moved by less than this share of the largest one are drawn grey."""

Written = tuple[Callable[[float], str], Callable[[float, float], str]]
"""How a chart writes a level, and the change between two levels."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of a dumbbell chart."""

    label: str
    pre: float
    ft: float
    key: str = ""
    modality: str = ""
    note: str = ""

    @property
    def change(self) -> float:
        return self.ft - self.pre


def group_pairs(groups: Sequence[s.GroupRow], grouping: str, modality: str | None = None) -> list[Pair]:
    """Groups with R² in both stages, largest gain first."""
    pairs = [
        Pair(words.group(grouping, row.group), row.r2_pre, row.r2_ft, row.group, note=f"{row.n_features} features")
        for row in groups
        if row.grouping == grouping and row.r2_pre is not None and row.r2_ft is not None
        if modality is None or row.group == modality or row.group.startswith(f"{modality}_")
    ]
    return sorted(pairs, key=lambda pair: -pair.change)


def groups_dumbbell(pairs: Sequence[Pair], what: str, made_of: str, dark: bool) -> Chart:
    """Held-out R² of every group before and after, sorted by change; `made_of` says N and seed."""
    figure = _figure(pairs, dark, margin=style.MARGIN, written=(numbers.r2, _r2_change))
    figure.update_yaxes(
        tickvals=list(range(len(pairs))), ticktext=[tagless(pair.label) for pair in pairs], showgrid=False
    )
    figure.update_xaxes(title_text="held-out R²")
    figure.update_layout(height=90 + ROW * len(pairs), annotations=[_legend(dark)])
    caption = (
        f"Each row is one {what}: the mean held-out R² of its features, hollow before and filled after fine-tuning, "
        f"largest gain first. Changes of {style.MARGIN} or less are faded. No intervals are computed yet. {made_of}"
    )
    return Chart(figure, _groups_title(pairs), caption, _alt(pairs, "Held-out R²", numbers.r2), "groups")


def features_dumbbell(pairs: Sequence[Pair], chosen: str | None, made_of: str, dark: bool) -> Chart:
    """Importance of single features before and after; the name stands above its own row, so that it fits a phone."""
    largest = max((max(pair.pre, pair.ft) for pair in pairs), default=0.0)
    figure = _figure(pairs, dark, margin=STABLE * largest, written=(numbers.importance, numbers.importance_change))
    figure.update_yaxes(showticklabels=False, showgrid=False)
    figure.update_xaxes(title_text="importance I (norm of the decoder's weights)")
    figure.update_layout(
        annotations=[_legend(dark), *(_name(row, pair, chosen, dark) for row, pair in enumerate(pairs))]
    )
    figure.update_layout(height=90 + FEATURE_ROW * len(pairs))
    caption = (
        "Hollow: importance I before fine-tuning; filled: after. Click a point to open the feature. I is a weight "
        f"norm: read it beside held-out R². {made_of}"
    )
    return Chart(
        figure, "Importance before and after", caption, _alt(pairs, "Importance", numbers.importance), "shifts"
    )


def _figure(pairs: Sequence[Pair], dark: bool, margin: float, written: Written) -> go.Figure:
    figure = go.Figure(layout={"template": style.template(dark)})
    for colour, name in ((style.STRONGER, "up"), (style.WEAKER, "down"), (style.UNCHANGED, "little change")):
        rows = [row for row, pair in enumerate(pairs) if style.direction(pair.change, margin) == colour]
        if rows:
            _add_rows(figure, [(row, pairs[row]) for row in rows], colour, name, dark, written)
    figure.update_yaxes(range=[len(pairs) - 0.3, -0.8], zeroline=False)
    figure.update_xaxes(range=_range_with_room(pairs))
    figure.update_layout(hovermode="closest", showlegend=False, margin={"r": 44})
    return figure


def _add_rows(
    figure: go.Figure, rows: Sequence[tuple[int, Pair]], colour: str, name: str, dark: bool, written: Written
) -> None:
    level, change = written
    opacity = style.FADED if name == "little change" else 1.0
    ends = [value for _, pair in rows for value in (pair.pre, pair.ft, None)]
    heights = [value for row, _ in rows for value in (row, row, None)]
    figure.add_scatter(
        x=ends, y=heights, mode="lines", line={"color": colour, "width": 2.5}, opacity=opacity, hoverinfo="skip"
    )
    hover = [
        f"{tagless(pair.label)}<br>pre {level(pair.pre)} → ft {level(pair.ft)} ({change(pair.pre, pair.ft)})"
        + (f"<br>{pair.note}" if pair.note else "")
        for _, pair in rows
    ]
    for stage in ("pre", "ft"):
        hollow = stage == "pre"
        figure.add_scatter(
            x=[getattr(pair, stage) for _, pair in rows], y=[row for row, _ in rows],
            mode="markers", name=f"{stage} {name}", opacity=opacity, text=hover, hoverinfo="text",
            customdata=[pair.key for _, pair in rows],
            marker={
                "size": 11, "color": style.paper(dark) if hollow else colour, "line": {"color": colour, "width": 2.5},
            },
        )  # fmt: skip
    figure.add_scatter(
        x=[max(pair.pre, pair.ft) for _, pair in rows], y=[row for row, _ in rows], mode="text",
        text=[f"   {change(pair.pre, pair.ft)}" for _, pair in rows], textposition="middle right", hoverinfo="skip",
        textfont={"size": 12, "color": style.ink(dark)}, cliponaxis=False,
    )  # fmt: skip


def _range_with_room(pairs: Sequence[Pair]) -> list[float]:
    """The axis with room for the written change right of the last marker."""
    ends = [value for pair in pairs for value in (pair.pre, pair.ft)] or [0.0, 1.0]
    span = max(ends) - min(ends) or 1.0
    return [min(ends) - 0.05 * span, max(ends) + 0.08 * span]


def _r2_change(pre: float, ft: float) -> str:
    return numbers.change(ft - pre)


def _legend(dark: bool) -> dict[str, object]:
    return {
        "x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
        "text": "○ before   ● after fine-tuning", "font": {"size": 12, "color": style.ink(dark)},
    }  # fmt: skip


def _name(row: int, pair: Pair, chosen: str | None, dark: bool) -> dict[str, object]:
    text = _short(pair.label)
    return {
        "x": 0, "xref": "paper", "xanchor": "left", "y": row, "yshift": 15, "showarrow": False,
        "text": f"<b>{text}</b>" if pair.key == chosen else text, "font": {"size": 12, "color": style.ink(dark)},
    }  # fmt: skip


def _groups_title(pairs: Sequence[Pair]) -> str:
    if not pairs:
        return "No group could be scored"
    if max(max(pair.pre, pair.ft) for pair in pairs) <= 0:
        return "No group can be decoded on held-out patients, before or after"
    most = max(pairs, key=lambda pair: abs(pair.change))
    if abs(most.change) <= style.MARGIN:
        return f"No group changed by more than {style.MARGIN}"
    way = "better" if most.change > 0 else "worse"
    return f"{most.label} changed most: decoded {way} after fine-tuning ({_r2_change(most.pre, most.ft)})"


def _alt(pairs: Sequence[Pair], what: str, level: Callable[[float], str]) -> str:
    if not pairs:
        return f"{what} before and after fine-tuning: nothing to show."
    up = sum(pair.change > 0 for pair in pairs)
    ends = pairs if len(pairs) <= 4 else [pairs[0], pairs[1], pairs[-2], pairs[-1]]
    told = "; ".join(f"{pair.label} {level(pair.pre)} to {level(pair.ft)}" for pair in ends)
    return f"{what} before and after fine-tuning of {len(pairs)} rows, {up} up and {len(pairs) - up} not. {told}."


def _short(text: str, most: int = 64) -> str:
    return tagless(text if len(text) <= most else f"{text[: most - 1]}…")

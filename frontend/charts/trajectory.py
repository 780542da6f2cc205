"""Chart of the effect of feature groups along the epochs of a fine-tuning, or the stages of the encoder."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import labels, numbers, trust_words
from frontend.text.escape import escape_html
from shared import schemas as s

COLOURS = style.CATEGORIES
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
NAMED = len(COLOURS)
"""So many lines get a colour of their own, those that moved most; the others are grey."""


def trajectory(found: s.TrajectoryDetail, lines: Sequence[s.TrajectoryLine], made_of: str, dark: bool) -> Chart:
    """Effect of each line at every point with its interval; lines that moved most by colour and shape."""
    order = sorted(lines, key=lambda line: -abs(line.effect[-1]))
    figure = go.Figure(layout={"template": style.template(dark)})
    ticks = [escape_html(point.label) for point in found.points]
    for place, line in reversed(list(enumerate(order))):
        _add(figure, found, line, ticks, place)
    figure.add_hrect(
        y0=-style.MARGIN, y1=style.MARGIN, line_width=0, fillcolor=style.UNCHANGED, opacity=0.18, layer="below"
    )
    figure.update_xaxes(type="category", title_text=_axis(found))
    figure.update_yaxes(title_text=_effect(found), zeroline=True)
    figure.update_layout(
        height=460, margin={"t": 70}, hovermode="closest", legend={"font": {"size": 12}, "traceorder": "reversed"}
    )
    caption = (
        f"Thin bars: 95 % intervals. Filled: flagged at that point; hollow: not. Grey band: the margin of "
        f"{style.MARGIN}. All points are of the same patients. {made_of}"
    )
    return Chart(
        figure, _title(found, order), caption, _alt(found, order), f"trajectory-{found.along}", _frame(found, lines)
    )


def _add(
    figure: go.Figure, found: s.TrajectoryDetail, line: s.TrajectoryLine, ticks: Sequence[str], place: int
) -> None:
    named = place < NAMED
    colour = COLOURS[place] if named else style.UNCHANGED
    symbol = SYMBOLS[place] if named else "circle"
    name = labels.group(line.grouping, line.group)
    sure = [flag in style.FLAG_COLOUR for flag in line.flag]
    figure.add_scatter(
        x=list(ticks), y=line.effect, mode="lines+markers", name=escape_html(name), showlegend=named,
        opacity=1.0 if named else style.FADED, hoverinfo="text",
        hovertext=[
            f"{escape_html(name)}, {escape_html(point.label)}<br>"
            f"{trust_words.flag(flag)}, effect {numbers.effect(e, low, high)}<br>"
            f"R² {numbers.r2(pre)} → {numbers.r2(ft)}"
            for point, flag, e, low, high, pre, ft in zip(
                found.points, line.flag, line.effect, line.ci_low, line.ci_high, line.r2_pre, line.r2_ft, strict=True
            )
        ],
        line={"color": colour, "width": 2 if named else 1.2},
        marker={"size": 9, "symbol": [symbol if yes else f"{symbol}-open" for yes in sure], "color": colour,
                "line": {"width": 1.6, "color": colour}},
        error_y={
            "type": "data", "symmetric": False, "thickness": 1.1, "width": 0, "color": colour, "visible": named,
            "array": [high - e for high, e in zip(line.ci_high, line.effect, strict=True)],
            "arrayminus": [e - low for low, e in zip(line.ci_low, line.effect, strict=True)],
        },
    )  # fmt: skip


def _effect(found: s.TrajectoryDetail) -> str:
    """What an effect is: a shared change is named only where every point has one."""
    known = [point.shared_change is not None for point in found.points]
    if all(known):
        return "effect: ΔR² beyond the shared change"
    return "effect: ΔR², beyond the shared change where there is one" if any(known) else "effect: ΔR²"


def _axis(found: s.TrajectoryDetail) -> str:
    return "epoch of fine-tuning" if found.along == "checkpoints" else "stage of the encoder, first to last"


def _title(found: s.TrajectoryDetail, order: Sequence[s.TrajectoryLine]) -> str:
    if not order:
        return "Nothing to follow"
    flagged = [line for line in order if line.flag[-1] in style.FLAG_COLOUR]
    where = "the last epoch" if found.along == "checkpoints" else "the last stage"
    if not flagged:
        return f"No group is flagged at {where}"
    first = flagged[0]
    at = next(k for k, flag in enumerate(first.flag) if flag == first.flag[-1])
    name = labels.group(first.grouping, first.group)
    since = f", flagged from {found.points[at].label} on" if all(f == first.flag[-1] for f in first.flag[at:]) else ""
    return (
        f"{name} moved most by {where}: {trust_words.flag(first.flag[-1])} ({numbers.change(first.effect[-1])}{since})"
    )


def _alt(found: s.TrajectoryDetail, order: Sequence[s.TrajectoryLine]) -> str:
    ends = f"{found.points[0].label} to {found.points[-1].label}"
    text = "; ".join(
        f"{labels.group(line.grouping, line.group)} {numbers.change(line.effect[0])} to "
        f"{numbers.change(line.effect[-1])}"
        for line in order[:NAMED]
    )
    return f"Effects of {len(order)} groups from {ends}: {text}."


def _frame(found: s.TrajectoryDetail, lines: Sequence[s.TrajectoryLine]) -> pd.DataFrame:
    fields = ("r2_pre", "r2_ft", "delta_r2", "effect", "ci_low", "ci_high", "q", "flag")
    return pd.DataFrame(
        [
            {"grouping": line.grouping, "group": line.group, "at": point.label}
            | {field: getattr(line, field)[k] for field in fields}
            for line in lines
            for k, point in enumerate(found.points)
        ]
    )

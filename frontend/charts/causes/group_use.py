"""What a task's head loses without each group of features, beside what it loses without a control."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import causes_words as words
from frontend.text.escape import escape_html
from shared import schemas as s

ROW = 30
SYMBOL = {"used": "circle", "not_used": "circle", "unclear": "diamond", "not_decodable": "x-thin-open"}
LOWEST, HIGHEST = -0.5, 2.0
"""Shares of skill beyond these are drawn at the edge: one wide interval must not flatten the others."""


def group_use(groups: Sequence[s.GroupUse], made_of: str, dark: bool) -> Chart:
    """One row a group, largest loss first: the loss with its interval, and the loss without a control as a tick."""
    rows = sorted((one for one in groups if one.used is not None), key=lambda one: -(one.used or 0.0))
    figure = go.Figure(layout={"template": style.template(dark)})
    figure.add_scatter(
        x=[_drawn(one.control) for one in rows], y=list(range(len(rows))), mode="markers", name="control",
        hoverinfo="skip",
        marker={"symbol": "line-ns-open", "size": 18, "color": style.UNCHANGED, "line": {"width": 2.5}},
    )  # fmt: skip
    for use, symbol in SYMBOL.items():
        at = [(row, one) for row, one in enumerate(rows) if one.use == use]
        if at:
            _add(figure, at, use, symbol, dark)
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=[escape_html(words.group(one.group)) for one in rows],
        range=[len(rows) - 0.4, -0.7], showgrid=False, zeroline=False, ticklabelstandoff=6,
    )  # fmt: skip
    figure.update_xaxes(title_text="share of skill lost", tickformat=".0%", zeroline=True)
    figure.update_layout(height=146 + ROW * len(rows), showlegend=False, margin={"t": 82, "b": 60})
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=1, yref="paper", yanchor="bottom", showarrow=False, align="left", yshift=6,
        text="● the task uses it   ○ carried, not used<br>◇ not clear   × cannot be read<br><b>|</b> control",
        font={"size": 12, "color": style.ink(dark)},
    )  # fmt: skip
    caption = (
        "Each group is erased from the embedding, and the head scored again on held-out patients. Thin "
        "line: 95 % interval over patients. Tick: the average loss without a control, a direction of the same size "
        f"that means nothing. 100 %: nothing of the head's skill is left. {made_of}"
    )
    return Chart(figure, title(rows), caption, _alt(rows), "used", frame(groups))


def title(rows: Sequence[s.GroupUse]) -> str:
    """The finding: which groups the task uses."""
    used = [one for one in rows if one.use == "used"]
    if not used:
        return "No group is shown to be used: none is missed clearly more than a control"
    names = words.listed([words.group(one.group) for one in used])
    return f"The task uses {names}"


def frame(groups: Sequence[s.GroupUse]) -> pd.DataFrame:
    """The numbers of every group."""
    columns = ["group", "used", "low", "high", "control", "use"]
    return pd.DataFrame([[getattr(one, name) for name in columns] for one in groups], columns=columns)


def _add(figure: go.Figure, at: Sequence[tuple[int, s.GroupUse]], use: str, symbol: str, dark: bool) -> None:
    colour = style.ink(dark)
    figure.add_scatter(
        x=[value for _, one in at for value in (_drawn(one.low), _drawn(one.high), None)],
        y=[value for row, _ in at for value in (row, row, None)],
        mode="lines", hoverinfo="skip", line={"color": colour, "width": 1.6},
        opacity=1.0 if use == "used" else 0.6,
    )  # fmt: skip
    figure.add_scatter(
        x=[_drawn(one.used) for _, one in at], y=[row for row, _ in at], mode="markers", name=words.USE[use],
        hoverinfo="text",
        hovertext=[
            f"{escape_html(words.group(one.group))}: {words.USE[use]}<br>"
            f"lost {words.share_with_interval(one.used, one.low, one.high)}, control {words.share(one.control)}"
            for _, one in at
        ],
        marker={
            "symbol": symbol, "size": 12, "color": style.paper(dark) if use in ("not_used", "unclear") else colour,
            "line": {"color": colour, "width": 2},
        },
    )  # fmt: skip


def _drawn(value: float | None) -> float | None:
    return None if value is None else min(max(value, LOWEST), HIGHEST)


def _alt(rows: Sequence[s.GroupUse]) -> str:
    text = "; ".join(
        f"{words.group(one.group)} {words.share_with_interval(one.used, one.low, one.high)}, control "
        f"{words.share(one.control)}, {words.USE[one.use]}"
        for one in rows[:6]
    )
    more = f"; and {len(rows) - 6} more" if len(rows) > 6 else ""
    return f"Share of the head's skill lost without each of {len(rows)} groups, largest first: {text}{more}."

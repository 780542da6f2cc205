"""Effects around zero: the mark says the flag, and beside it stand the label's share, every run, and the controls."""

from collections.abc import Sequence

import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.effect_rows import EffectRow, Interval, effect_frame
from frontend.charts.effect_words import alt, caption
from frontend.charts.flag_marks import marks
from frontend.charts.row_name import row_name
from frontend.charts.style import Chart
from frontend.text import numbers
from frontend.text.escape import escape_html
from frontend.text.trust_words import TrustWords

ROW, ROW_BESIDE = 44, 34
BESIDE = 0.24
"""How far under its row a control is drawn, in rows."""
CONTROL = "rgba(138,143,152,0.45)"


def effect_chart(
    rows: Sequence[EffectRow],
    title: str,
    name: str,
    made_of: str,
    dark: bool,
    words: TrustWords,
    chosen: str | None = None,
    beside: bool = False,
) -> Chart:
    """One row a group or feature, in the order given.

    Names stand above their rows, so that long ones fit a phone; short ones `beside` them.
    """
    figure = go.Figure(layout={"template": style.template(dark)})
    figure.add_vrect(
        x0=-style.MARGIN, x1=style.MARGIN, line_width=0, fillcolor=style.UNCHANGED, opacity=0.12, layer="below"
    )
    _add_controls(figure, rows)
    _add_runs(figure, rows, dark)
    _add_effects(figure, rows, words)
    _add_given(figure, rows)
    low, high = _range(rows)
    figure.update_xaxes(
        range=[low, high], zeroline=True, title_text="effect (ΔR² beyond what is shared)", title_font_size=12, nticks=6
    )
    figure.update_yaxes(
        range=[len(rows) - 0.4, -0.75], showticklabels=beside, showgrid=False, zeroline=False,
        tickvals=list(range(len(rows))), ticktext=[escape_html(row.label) for row in rows],
    )  # fmt: skip
    key = legend(rows, words)
    figure.update_layout(
        height=96 + 17 * len(key) + (ROW_BESIDE if beside else ROW) * len(rows), showlegend=False, hovermode="closest",
        margin={"l": 8, "r": 8, "t": 20 + 17 * len(key), "b": 56},
        annotations=[
            {"x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "bottom", "align": "left",
             "showarrow": False, "text": "<br>".join(key), "font": {"size": 12, "color": style.ink(dark)}},
            *(_name(at, row, chosen, dark) for at, row in enumerate(rows) if not beside),
        ],
    )  # fmt: skip
    return Chart(figure, title, f"{caption(rows)} {made_of}", alt(rows, words), name, effect_frame(rows))


def legend(rows: Sequence[EffectRow], words: TrustWords) -> list[str]:
    """Lines of the key, short enough for a phone: the flags that occur, then the other marks that are drawn."""
    others = ["─ 95 % interval"]
    others += ["◇ given the label"] if any(row.given for row in rows) else []
    others += ["❘ one run"] if any(row.by_run for row in rows) else []
    others += ["2/3: runs that agree"] if any(row.runs for row in rows) else []
    others += ["▬ controls: shuffled labels"] if any(row.control for row in rows) else []
    found = [*marks((row.flag for row in rows), words)]
    return ["   ".join(part[at : at + 2]) for part in (found, others) for at in range(0, len(part), 2)]


def colour_of(row: EffectRow) -> str:
    """The colour of a row's flag; grey where nothing is flagged."""
    return style.FLAG_COLOUR.get(row.flag or "", style.UNCHANGED)


def _add_controls(figure: go.Figure, rows: Sequence[EffectRow]) -> None:
    found = [(at, row.control) for at, row in enumerate(rows) if row.control is not None]
    _add_lines(figure, [(at + BESIDE, one) for at, one in found], CONTROL, 7, "control")
    figure.add_scatter(
        x=[one[0] for _, one in found], y=[at + BESIDE for at, _ in found], mode="markers", name="control",
        marker={"symbol": "line-ns-open", "size": 7, "color": style.UNCHANGED, "line": {"width": 1.5}},
        hoverinfo="text", hovertext=[f"controls: effect {numbers.effect(*one)}" for _, one in found],
    )  # fmt: skip


def _add_runs(figure: go.Figure, rows: Sequence[EffectRow], dark: bool) -> None:
    found = [(at, n, value) for at, row in enumerate(rows) for n, value in enumerate(row.by_run, start=1)]
    figure.add_scatter(
        x=[value for _, _, value in found], y=[at for at, _, _ in found], mode="markers", name="runs", opacity=0.65,
        marker={"symbol": "line-ns-open", "size": 13, "color": style.ink(dark), "line": {"width": 1.3}},
        hoverinfo="text", hovertext=[f"run {n}: effect {numbers.change(value)}" for _, n, value in found],
    )  # fmt: skip


def _add_effects(figure: go.Figure, rows: Sequence[EffectRow], words: TrustWords) -> None:
    for colour in dict.fromkeys(map(colour_of, rows)):
        of_colour = [(at, row) for at, row in enumerate(rows) if colour_of(row) == colour]
        _add_lines(figure, [(at, row.effect) for at, row in of_colour], colour, 2, "interval")
        figure.add_scatter(
            x=[row.effect[0] for _, row in of_colour], y=[at for at, _ in of_colour], mode="markers", name="effect",
            customdata=[row.key for _, row in of_colour], hoverinfo="text",
            hovertext=[_hover(row, words) for _, row in of_colour],
            marker={
                "symbol": [style.FLAG_SYMBOL.get(row.flag or "", "circle") for _, row in of_colour],
                "size": 11, "color": colour, "line": {"width": 1.6, "color": colour},
            },
        )  # fmt: skip
    figure.add_scatter(
        x=[max(row.marks) for row in rows], y=list(range(len(rows))), mode="text", hoverinfo="skip", cliponaxis=False,
        text=[f"  {_written(row)}" for row in rows], textposition="middle right", textfont={"size": 12}, name="numbers",
    )  # fmt: skip


def _add_given(figure: go.Figure, rows: Sequence[EffectRow]) -> None:
    found = [(at, row.given) for at, row in enumerate(rows) if row.given is not None]
    figure.add_scatter(
        x=[one[0] for _, one in found], y=[at for at, _ in found], mode="markers", name="given the label",
        marker={"symbol": "diamond-open", "size": 13, "color": style.LABEL_BORNE, "line": {"width": 2}},
        hoverinfo="text", hovertext=[f"given the label: effect {numbers.effect(*one)}" for _, one in found],
    )  # fmt: skip


def _add_lines(
    figure: go.Figure, found: Sequence[tuple[float, Interval]], colour: str, width: float, name: str
) -> None:
    figure.add_scatter(
        x=[value for _, (_, low, high) in found for value in (low, high, None)],
        y=[value for at, _ in found for value in (at, at, None)],
        mode="lines", name=name, hoverinfo="skip", line={"color": colour, "width": width},
    )  # fmt: skip


def _written(row: EffectRow) -> str:
    mark = style.FLAG_MARK.get(row.flag or "", "")
    runs = f" · {row.runs[0]}/{row.runs[1]}" if row.runs is not None and mark else ""
    return f"{mark} {numbers.change(row.effect[0])}{runs}".strip()


def _hover(row: EffectRow, words: TrustWords) -> str:
    lines = [escape_html(row.label), words.flag(row.flag), f"effect {numbers.effect(*row.effect)}"]
    lines += [] if row.given is None else [f"given the label {numbers.effect(*row.given)}"]
    lines += [] if row.runs is None else [f"in {row.runs[0]} of {row.runs[1]} runs"]
    return "<br>".join([*lines, *([row.note] if row.note else [])])


def _range(rows: Sequence[EffectRow]) -> tuple[float, float]:
    """The axis, zero on it, with room for the number right of the last mark."""
    values = [0.0, -2 * style.MARGIN, 2 * style.MARGIN, *(value for row in rows for value in row.marks)]
    low, high = max(min(values), -1.0), min(max(values), 1.0)
    span = high - low
    room = 0.6 if any(row.runs for row in rows) else 0.18
    return low - 0.04 * span, high + room * span


def _name(at: int, row: EffectRow, chosen: str | None, dark: bool) -> dict[str, object]:
    text = row_name(row.label)
    return {
        "x": 0, "xref": "paper", "xanchor": "left", "y": at, "yshift": 15, "showarrow": False,
        "text": f"<b>{text}</b>" if row.key == chosen else text, "font": {"size": 11, "color": style.ink(dark)},
    }  # fmt: skip

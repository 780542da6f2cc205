"""How well clinical columns are read from the embedding before and after fine-tuning, as dumbbells."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import causes_words as words
from frontend.text import numbers
from frontend.text.escape import escape_html
from shared import schemas as s

ROW = 36
BELOW = 0.27
COLOUR = {"better": style.STRONGER, "worse": style.WEAKER}
MARK = {"better": "▲ ", "worse": "▼ "}


def clinical_reading(
    protocol: s.Protocol, columns: Sequence[s.ClinicalColumn], label: Sequence[str], made_of: str, dark: bool
) -> Chart:
    """One row a column, largest change first: R² before (hollow) and after (filled), the change's interval below."""
    rows = ordered(columns)
    figure = go.Figure(layout={"template": style.template(dark)})
    for reading in words.READING:
        at = [(row, one) for row, one in enumerate(rows) if one.reading == reading]
        if at:
            _add(figure, protocol, at, dark)
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=[escape_html(name(protocol, one, label)) for one in rows],
        range=[len(rows) - 0.4, -0.7], showgrid=False, zeroline=False, ticklabelstandoff=6,
    )  # fmt: skip
    figure.update_xaxes(title_text="R² above chance", zeroline=True, range=_range(rows))
    figure.update_layout(
        height=132 + ROW * len(rows), showlegend=False, hovermode="closest", margin={"t": 58, "b": 60, "r": 30}
    )
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=1, yref="paper", yanchor="bottom", showarrow=False, align="left", yshift=6,
        text="○ before   ● after<br>▲ better   ▼ worse   ─ 95 %",
        font={"size": 12, "color": style.ink(dark)},
    )  # fmt: skip
    caption = (
        "Each column of the clinical table is read from the embedding in place of a radiomic feature. 1: told exactly; "
        "0: not told. The thin line is the 95 % interval of where the filled point may lie. Grey: as before, or not "
        f"read in either stage. {made_of}"
    )
    return Chart(figure, title(protocol, rows), caption, _alt(protocol, rows), "clinical-columns", frame(rows))


def ordered(columns: Sequence[s.ClinicalColumn]) -> list[s.ClinicalColumn]:
    """What changed first, then what is read as before, then what is not read; the largest change of each first."""
    place = {"better": 0, "worse": 0, "same": 1, "not_read": 2}
    known = [one for one in columns if one.r2_pre is not None and one.r2_ft is not None]
    return sorted(known, key=lambda one: (place[one.reading], -abs(one.change or 0.0), one.name))


def name(protocol: s.Protocol, one: s.ClinicalColumn, label: Sequence[str]) -> str:
    """The column, and whether it is what the task learned."""
    return words.with_note(words.column(protocol, one.name), "the label" if one.name in label else "")


def title(protocol: s.Protocol, rows: Sequence[s.ClinicalColumn]) -> str:
    """The finding: what is read better or worse."""
    told = [
        f"{words.listed([words.column(protocol, one.name) for one in rows if one.reading == reading])} read {reading}"
        for reading in ("better", "worse")
        if any(one.reading == reading for one in rows)
    ]
    return "; ".join(told) if told else "No clinical column is shown to be read better or worse"


def frame(rows: Sequence[s.ClinicalColumn]) -> pd.DataFrame:
    """The numbers of every column."""
    columns = ["name", "r2_pre", "r2_ft", "change", "low", "high", "reading", "n_studies", "n_patients", "missing"]
    return pd.DataFrame([[getattr(one, column) for column in columns] for one in rows], columns=columns)


def _add(figure: go.Figure, protocol: s.Protocol, at: Sequence[tuple[int, s.ClinicalColumn]], dark: bool) -> None:
    reading = at[0][1].reading
    colour = COLOUR.get(reading, style.UNCHANGED)
    figure.add_scatter(
        x=[value for _, one in at for value in (_drawn(one.r2_pre), _drawn(one.r2_ft), None)],
        y=[value for row, _ in at for value in (row, row, None)],
        mode="lines", line={"color": colour, "width": 2.5}, hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=[value for _, one in at for value in (*_interval(one), None)],
        y=[value for row, _ in at for value in (row + BELOW, row + BELOW, None)],
        mode="lines", line={"color": colour, "width": 1.4}, hoverinfo="skip", name="interval",
    )  # fmt: skip
    hover = [
        f"{escape_html(words.column(protocol, one.name))}: {words.READING[reading]}<br>R² {numbers.r2(one.r2_pre)} → "
        f"{numbers.r2(one.r2_ft)}, change {numbers.effect(one.change, one.low, one.high)}"
        for _, one in at
    ]
    for stage in ("pre", "ft"):
        figure.add_scatter(
            x=[_drawn(getattr(one, f"r2_{stage}")) for _, one in at], y=[row for row, _ in at], mode="markers",
            hoverinfo="text", hovertext=hover, name=stage,
            marker={
                "size": 11, "color": style.paper(dark) if stage == "pre" else colour,
                "line": {"color": colour, "width": 2.5},
            },
        )  # fmt: skip
    figure.add_scatter(
        x=[max(_drawn(one.r2_pre), _drawn(one.r2_ft)) for _, one in at], y=[row for row, _ in at], mode="text",
        text=[f"   {MARK.get(reading, '')}{numbers.change(one.change)}" for _, one in at],
        textposition="middle right", textfont={"size": 12, "color": style.ink(dark)}, hoverinfo="skip",
        cliponaxis=False,
    )  # fmt: skip


def _drawn(value: float | None) -> float:
    return style.clipped(value or 0.0)


def _interval(one: s.ClinicalColumn) -> tuple[float | None, float | None]:
    if one.low is None or one.high is None or one.r2_pre is None:
        return None, None
    return _drawn(one.r2_pre + one.low), min(one.r2_pre + one.high, 1.0)


def _range(rows: Sequence[s.ClinicalColumn]) -> list[float]:
    ends = [_drawn(value) for one in rows for value in (one.r2_pre, one.r2_ft, *_interval(one))]
    low, high = min([0.0, *ends]), max([0.2, *ends])
    return [low - 0.04 * (high - low), high + 0.17 * (high - low)]


def _alt(protocol: s.Protocol, rows: Sequence[s.ClinicalColumn]) -> str:
    text = "; ".join(
        f"{words.column(protocol, one.name)} {numbers.r2(one.r2_pre)} to {numbers.r2(one.r2_ft)}, "
        f"{words.READING[one.reading]}"
        for one in rows
    )
    return f"R² of {len(rows)} clinical columns before and after fine-tuning: {text}."

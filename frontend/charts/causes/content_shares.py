"""What explains the new and the lost content of an embedding, as bars that are whole at 100 %."""

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import causes_words as words
from shared import schemas as s

RADIOMICS, LABEL, NO_NAME = "#3E8E7E", "#D9A441", {True: "#333C47", False: "#E3E7EB"}
BELOW = 0.34
"""How far under its row an interval is drawn, in rows."""
WRITTEN_FROM = 0.06
"""Narrower parts carry no number: it would not fit."""
NAMES = {
    "radiomics": "radiomics alone",
    "both": "radiomics and label alike",
    "together": "only both together",
    "label": "label alone",
    "no_name": "no name here",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """The shares of the variance of what is new, or lost; they add up to 1."""

    radiomics: float
    both: float
    together: float
    label: float
    no_name: float


def parts(content: s.ContentSummary) -> Parts:
    """The parts of one content, from the shares that radiomics, label and both together explain."""
    radiomics = words.within(content.radiomics.value) or 0.0
    label = words.within(content.label.value) or 0.0 if content.label is not None else 0.0
    named = 1.0 - content.rest if content.rest is not None else 0.0
    both = min(max(radiomics + label - named, 0.0), radiomics, label)
    alone, of_label = radiomics - both, label - both
    together = max(named - alone - both - of_label, 0.0)
    return Parts(alone, both, together, of_label, max(1.0 - alone - both - of_label - together, 0.0))


def content_shares(contents: dict[str, s.ContentSummary], made_of: str, dark: bool) -> Chart:
    """One bar for what is new and one for what is lost, by what explains it; `contents` by `new` and `lost`."""
    known = {kind: content for kind, content in contents.items() if content.axes}
    found = {kind: parts(content) for kind, content in known.items()}
    figure = go.Figure(layout={"template": style.template(dark)})
    rows: list[str] = [kind for kind in ("new", "lost") if kind in found]
    for name, label in NAMES.items():
        values = [getattr(found[kind], name) for kind in rows]
        if max(values, default=0.0) >= 0.005:
            _add(figure, rows, name, label, values, dark)
    for row, kind in enumerate(rows):
        _add_interval(figure, row, known[kind].radiomics, dark)
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=[f"<b>{kind}</b>" for kind in rows],
        range=[len(rows) - 0.4, -0.5], showgrid=False, zeroline=False, ticklabelstandoff=6,
    )  # fmt: skip
    figure.update_xaxes(range=[0, 1.0], tickformat=".0%", title_text="share of the variance", zeroline=False)
    figure.update_layout(
        barmode="stack", height=170 + 70 * len(rows), margin={"t": 96, "b": 60},
        legend={"traceorder": "normal", "font": {"size": 12}},
    )  # fmt: skip
    caption = (
        "New: what of the fine-tuned embedding the pre-trained one does not predict; lost: the reverse. Only axes that "
        "patients have in common beyond chance count. Thin line: 95 % interval of all that radiomics explain, with and "
        f"without the label. No name: neither explains it. {made_of}"
    )
    frame = pd.DataFrame(
        [
            {"content": kind, **{name: getattr(found[kind], name) for name in NAMES}}
            | {"radiomics_low": known[kind].radiomics.low, "radiomics_high": known[kind].radiomics.high}
            for kind in rows
        ]
    )
    return Chart(figure, _title(known), caption, _alt(found), "new-and-lost", frame)


def _add(figure: go.Figure, rows: list[str], name: str, label: str, values: list[float], dark: bool) -> None:
    colour = {"radiomics": RADIOMICS, "both": RADIOMICS, "together": RADIOMICS, "label": LABEL}.get(name, NO_NAME[dark])
    pattern = {"both": "/", "together": "x"}.get(name, "")
    ink = style.LIGHT_TEXT if name == "no_name" and dark else style.DARK_TEXT
    figure.add_bar(
        x=values, y=list(range(len(rows))), width=0.5, orientation="h", name=label, hoverinfo="text",
        hovertext=[f"{kind}: {label} {words.share(value)}" for kind, value in zip(rows, values, strict=True)],
        text=[words.share(value) if value >= WRITTEN_FROM else "" for value in values],
        textposition="inside", insidetextanchor="middle", textangle=0, constraintext="none",
        textfont={"color": ink, "size": 13},
        marker={
            "color": colour, "line": {"color": style.paper(dark), "width": 1.5},
            "pattern": {"shape": pattern, "fgcolor": LABEL, "bgcolor": RADIOMICS, "fillmode": "overlay", "size": 7},
        },
    )  # fmt: skip


def _add_interval(figure: go.Figure, row: int, found: s.VarianceShare, dark: bool) -> None:
    value, low, high = (words.within(one) for one in (found.value, found.low, found.high))
    if value is None or low is None or high is None or high - low < 0.005:
        return
    figure.add_scatter(
        x=[value], y=[row + BELOW], mode="markers", showlegend=False, hoverinfo="skip",
        marker={"symbol": "line-ns-open", "size": 9, "color": style.ink(dark), "line": {"width": 2}},
        error_x={"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low],
                 "thickness": 1.6, "width": 0, "color": style.ink(dark)},
    )  # fmt: skip


def _title(known: dict[str, s.ContentSummary]) -> str:
    told = [_told(kind, content) for kind, content in known.items()]
    return "; ".join(told).capitalize()


def _told(kind: str, content: s.ContentSummary) -> str:
    if parts(content).no_name >= 0.995:
        return f"what is {kind} has no name here"
    return f"radiomics name {words.share_of_variance(content.radiomics)} of what is {kind}"


def _alt(found: dict[str, Parts]) -> str:
    told = [
        f"Of what is {kind}: "
        + ", ".join(
            f"{label} {words.share(getattr(part, name))}"
            for name, label in NAMES.items()
            if getattr(part, name) >= 0.005 or name == "no_name"
        )
        for kind, part in found.items()
    ]
    return f"Stacked bars. {'. '.join(told)}."

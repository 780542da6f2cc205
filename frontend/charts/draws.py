"""The bootstrap of one feature: its effect with interval, zero and margin, and R² of both stages with the floor."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import labels, numbers
from shared import schemas as s

BINS = 24


def draws(found: s.FeatureEvidence, made_of: str, dark: bool) -> Chart:
    """One mark a replicate, stacked into a histogram; the interval is centred on the estimate of the full run."""
    row, drawn = found.row, found.draws
    figure = make_subplots(
        rows=2, cols=1, vertical_spacing=0.24, row_heights=[0.5, 0.5],
        subplot_titles=["effect: ΔR² beyond the shared change", "cross-validated R², before (hollow) and after"],
    )  # fmt: skip
    colour = style.FLAG_COLOUR.get(row.flag or "", style.UNCHANGED)
    _add_counts(figure, drawn.effect, 1, colour, True, "effect")
    _add_counts(figure, drawn.r2_pre, 2, colour, False, "before")
    _add_counts(figure, drawn.r2_ft, 2, colour, True, "after")
    figure.add_vrect(
        x0=-found.margin, x1=found.margin, fillcolor=style.UNCHANGED, opacity=0.18, line_width=0, layer="below",
        row=1, col=1,
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": style.ink(dark), "width": 1.2}, row=1, col=1)
    figure.add_vline(
        x=found.control_floor, line={"color": style.ink(dark), "width": 1.2, "dash": "dash"}, row=2, col=1,
        annotation={"text": " floor", "font": {"size": 11}}, annotation_position="top right",
    )  # fmt: skip
    if row.effect is not None and row.ci_low is not None and row.ci_high is not None:
        _add_interval(figure, row.effect, (row.ci_low, row.ci_high), _tallest(drawn.effect), dark)
    figure.update_yaxes(visible=False)
    figure.update_xaxes(zeroline=False)
    figure.update_layout(
        template=style.template(dark), height=340, margin={"t": 34}, barmode="overlay", bargap=0.04, showlegend=False
    )
    frame = pd.DataFrame(drawn.model_dump())
    caption = (
        f"{numbers.counted(found.replicates, 'bootstrap replicate')}: patients drawn again with replacement and "
        "everything refitted. Dot and line: estimate and 95 % interval. Grey band: the margin of "
        f"{found.margin}. Replicates hold fewer distinct patients, so they decode a little less than the full run. "
        f"{made_of}"
    )
    return Chart(figure, _title(row), caption, _alt(found), "bootstrap", frame)


def _add_counts(figure: go.Figure, values: Sequence[float], row: int, colour: str, filled: bool, name: str) -> None:
    """A histogram as bars; hollow where it is the stage before."""
    counts, edges = _counted(values)
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges), name=name, row=row, col=1,
        opacity=0.75, hoverinfo="text",
        hovertext=[
            f"{name} {numbers.r2(low)} to {numbers.r2(high)}: {n} replicates"
            for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)
        ],
        marker={"color": colour if filled else "rgba(0,0,0,0)", "line": {"color": colour, "width": 1.2}},
    )  # fmt: skip


def _counted(values: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Counts and edges; replicates that are all alike still get a bin one can see."""
    if not values:
        return np.zeros(0), np.zeros(1)
    low, high = min(values), max(values)
    if high - low < 1e-6:
        low, high = low - 5e-4, high + 5e-4
    return np.histogram(values, bins=min(BINS, max(6, len(values) // 4)), range=(low, high))


def _tallest(values: Sequence[float]) -> float:
    return float(_counted(values)[0].max()) if values else 1.0


def _add_interval(figure: go.Figure, effect: float, ends: tuple[float, float], height: float, dark: bool) -> None:
    ink, y = style.ink(dark), 1.12 * height
    figure.add_scatter(
        x=list(ends), y=[y, y], mode="lines", line={"color": ink, "width": 1.6}, row=1, col=1, hoverinfo="skip"
    )
    figure.add_scatter(
        x=[effect], y=[y], mode="markers", marker={"color": ink, "size": 9}, row=1, col=1, hoverinfo="text",
        hovertext=[numbers.effect(effect, *ends)],
    )  # fmt: skip


def _title(row: s.RankingRow) -> str:
    text = f"effect {numbers.effect(row.effect, row.ci_low, row.ci_high)}"
    if row.flag in style.FLAG_COLOUR:
        return f"The interval keeps clear of zero: {labels.flag(row.flag)}, {text}"
    return f"No change is shown: {labels.flag(row.flag)}, {text}"


def _alt(found: s.FeatureEvidence) -> str:
    row, drawn = found.row, found.draws
    above = sum(value > 0 for value in drawn.effect)
    before, after = (
        f"{numbers.r2(min(values, default=None))} to {numbers.r2(max(values, default=None))}"
        for values in (drawn.r2_pre, drawn.r2_ft)
    )
    return (
        f"Histograms of {found.replicates} bootstrap replicates. Effect "
        f"{numbers.effect(row.effect, row.ci_low, row.ci_high)}; {above} replicates above zero. R² before from "
        f"{before}, after from {after}; control floor {numbers.r2(found.control_floor)}."
    )

"""Chart of a case's features among its cohort: one line a feature with the cohort's range and the case's value."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.modalities import Look, looks
from frontend.charts.row_name import row_name
from frontend.charts.style import Chart
from frontend.text import numbers
from frontend.text.escape import escape_html
from shared import schemas as s

REACH = 3.0
"""Cohort half-widths drawn to either side; a case further out is an arrow at the edge."""
BAND = "rgba(138,143,152,0.55)"
ROW_PX = 44
FEW_CASES = 20
"""Cases of a cohort below which a place in it says little."""


def half_widths(feature: s.FeaturePercentile) -> float | None:
    """How far the case lies from the cohort's median, in half-widths of the cohort's 5 - 95 % range.

    None where the case or the cohort has no value; 0 where the cohort does not vary and the case agrees with it.
    """
    if feature.value is None or len(feature.cohort_quantiles) != 5:
        return None
    low, _, median, _, high = feature.cohort_quantiles
    half = (high - low) / 2
    if half > 0:
        return (feature.value - median) / half
    return 0.0 if feature.value == median else None


def most_out_of_line(features: Sequence[s.FeaturePercentile]) -> list[s.FeaturePercentile]:
    """Features with a value, those furthest from the middle of the cohort first; ties by distance, then name."""

    def rank(feature: s.FeaturePercentile) -> tuple[float, float, str]:
        percentile = 50.0 if feature.percentile is None else feature.percentile
        return -abs(percentile - 50), -abs(half_widths(feature) or 0.0), feature.feature

    return sorted((feature for feature in features if half_widths(feature) is not None), key=rank)


def percentile_strip(
    features: Sequence[s.FeaturePercentile], n_found: int, n_cases: int, dark: bool, protocol: s.Protocol
) -> Chart:
    """The cohort's 5 - 95 % range as a thin line, its middle half as a thick one, the case as a mark.

    `features` (at least one) come from `most_out_of_line`, cut from `n_found`; all have a value.
    """
    figure = go.Figure()
    _add_range(figure, features, (0, 4), 2, f"cohort of {n_cases}, 5–95 %")
    _add_range(figure, features, (1, 3), 9, "its middle half")
    for modality, look in looks(protocol, [feature.feature.partition("_")[0] for feature in features]).items():
        _add_cases(figure, features, modality, look, dark)
    for place, feature in enumerate(features):
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=place, yshift=15, showarrow=False, font={"size": 12},
            text=row_name(feature.label),
        )  # fmt: skip
    figure.update_yaxes(visible=False, range=[len(features) - 0.5, -0.9])
    figure.update_xaxes(
        title_text="distance from the cohort's median", title_font_size=12, tickangle=0,
        range=[-REACH - 0.25, REACH + 0.25],
        tickvals=[-3, -2, -1, 0, 1, 2, 3], ticktext=["−3", "−2", "−1", "0", "1", "2", "3"],
    )  # fmt: skip
    figure.update_layout(template=style.template(dark), height=120 + ROW_PX * len(features), margin={"t": 44})
    caption = (
        f"{numbers.counted(len(features), 'feature')} of {numbers.count(n_found)}, most out of line first. Grey is the "
        "cohort: thin its 5–95 % range, thick its middle half. 1 is half of the 5–95 % range; a triangle at the "
        "edge lies further out."
    )
    frame = pd.DataFrame([feature.model_dump(exclude={"cohort_quantiles"}) for feature in features])
    return Chart(figure, _title(features, n_cases), caption, _alt(features, n_cases), "case-percentiles", frame)


def _add_range(
    figure: go.Figure, features: Sequence[s.FeaturePercentile], ends: tuple[int, int], width: int, name: str
) -> None:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for place, feature in enumerate(features):
        quantiles = feature.cohort_quantiles
        half = (quantiles[4] - quantiles[0]) / 2 or 1.0
        xs += [*(_within((quantiles[end] - quantiles[2]) / half) for end in ends), None]
        ys += [place, place, None]
    line = {"color": style.UNCHANGED if width < 5 else BAND, "width": width}
    figure.add_scatter(x=xs, y=ys, mode="lines", line=line, name=name, hoverinfo="skip")


def _add_cases(
    figure: go.Figure, features: Sequence[s.FeaturePercentile], modality: str, look: Look, dark: bool
) -> None:
    chosen = [(place, f) for place, f in enumerate(features) if f.feature.startswith(f"{modality}_")]
    far = [half_widths(feature) or 0.0 for _, feature in chosen]
    colour, own = look
    figure.add_scatter(
        x=[_within(x) for x in far], y=[place for place, _ in chosen], mode="markers", name=f"this case, {modality}",
        marker={
            "symbol": ["triangle-right" if x > REACH else "triangle-left" if x < -REACH else own for x in far],
            "size": 12, "color": colour, "line": {"color": style.paper(dark), "width": 1},
        },
        hoverinfo="text",
        hovertext=[
            f"{escape_html(f.feature)}<br>value {f.value:.4g}, percentile {f.percentile:.0f}" for _, f in chosen
        ],
    )  # fmt: skip


def _within(x: float) -> float:
    return max(-REACH, min(REACH, x))


def _title(features: Sequence[s.FeaturePercentile], n_cases: int) -> str:
    first = features[0]
    if n_cases < FEW_CASES:
        return "Furthest from the middle of the few cases measured so far"
    if first.percentile is None or 5 <= first.percentile <= 95:
        return "These features lie within the cohort's middle 90 %"
    name = first.label[:1].upper() + first.label[1:]
    return f"{name}: {'higher' if first.percentile > 50 else 'lower'} than in nearly all other cases"


def _alt(features: Sequence[s.FeaturePercentile], n_cases: int) -> str:
    sentence = [f"{f.label} at percentile {f.percentile:.0f}" for f in features[:5] if f.percentile is not None]
    return (
        f"Where this case lies among {numbers.counted(n_cases, 'case')} for "
        f"{numbers.counted(len(features), 'feature')}: {'; '.join(sentence)}."
    )

"""Chart of a case's percentiles by family: how much of each feature class lies outside the cohort's middle."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.modalities import looks
from frontend.charts.style import Chart
from frontend.text import labels, numbers
from frontend.text.escape import escape_html
from shared import schemas as s

LOW, HIGH = 5.0, 95.0
USUAL = 0.1
"""Share of features that lies outside the middle 90 % in a case like any other."""


@dataclass(frozen=True)
class Family:
    """The features of one class on one modality: how many have a percentile, how many lie outside, the furthest."""

    modality: str
    feature_class: str
    n: int
    outside: int
    furthest: s.FeaturePercentile

    @property
    def share(self) -> float:
        """Of its features, outside of the middle 90 %."""
        return self.outside / self.n


def families_of(features: Sequence[s.FeaturePercentile]) -> list[Family]:
    """The families of a case's features, by class and modality, in the order in which they come."""
    found: dict[tuple[str, str], list[s.FeaturePercentile]] = {}
    for feature in features:
        modality, _, rest = feature.feature.partition("_")
        if feature.percentile is not None and rest.count("_") >= 2:
            found.setdefault((rest.split("_")[-2], modality), []).append(feature)
    return [
        Family(
            modality,
            feature_class,
            len(own),
            sum(not LOW <= (one.percentile or 0.0) <= HIGH for one in own),
            max(own, key=lambda one: (abs((one.percentile or 0.0) - 50), one.feature)),
        )
        for (feature_class, modality), own in sorted(found.items())
    ]


def percentile_families(families: Sequence[Family], n_cases: int, dark: bool, protocol: s.Protocol) -> Chart:
    """One line a class, one mark a modality, at the share of its features outside the middle 90 % of the cohort."""
    classes = sorted({one.feature_class for one in families}, key=lambda name: labels.feature_class(name))
    figure = go.Figure()
    for modality, (colour, symbol) in looks(protocol, [one.modality for one in families]).items():
        own = [one for one in families if one.modality == modality]
        figure.add_scatter(
            x=[one.share for one in own], y=[classes.index(one.feature_class) for one in own],
            mode="markers", name=escape_html(modality), hoverinfo="text",
            hovertext=[
                f"{escape_html(labels.feature_class(one.feature_class))} on {escape_html(modality)}: {one.outside} of "
                f"{one.n} outside<br>furthest: {escape_html(one.furthest.label)}, "
                f"percentile {one.furthest.percentile:.0f}"
                for one in own
            ],
            marker={"size": 12, "symbol": symbol, "color": colour, "line": {"color": style.paper(dark), "width": 1}},
        )  # fmt: skip
    figure.add_vline(x=USUAL, line={"dash": "dash", "width": 1, "color": style.UNCHANGED})
    figure.update_xaxes(
        title_text="share of features outside the cohort's middle 90 %", title_font_size=12, tickformat=".0%",
        range=[-0.02, max(0.3, 1.08 * max((one.share for one in families), default=0.0))],
    )  # fmt: skip
    names = [labels.feature_class(name) for name in classes]
    figure.update_yaxes(tickvals=list(range(len(classes))), ticktext=names, range=[len(classes) - 0.5, -0.5])
    figure.update_layout(template=style.template(dark), height=130 + 34 * len(classes), margin={"t": 44, "l": 92})
    caption = (
        f"Percentiles by family, among {numbers.counted(n_cases, 'case')}. The dashed line, 10 %, is what a case like "
        "any other has outside of the middle 90 %."
    )
    frame = pd.DataFrame(
        [
            {
                "feature_class": one.feature_class, "modality": one.modality, "features": one.n,
                "outside": one.outside, "furthest": one.furthest.feature, "percentile": one.furthest.percentile,
            }
            for one in families
        ]
    )  # fmt: skip
    return Chart(figure, _title(families), caption, _alt(families, n_cases), "case-families", frame)


def _furthest(families: Sequence[Family]) -> list[Family]:
    return sorted(families, key=lambda one: (-one.share, one.feature_class, one.modality))


def _named(one: Family) -> str:
    return f"{labels.feature_class(one.feature_class)} on {one.modality}"


def _title(families: Sequence[Family]) -> str:
    first = _furthest(families)[0]
    if first.share <= USUAL:
        return "No family of features stands out in this case"
    return f"{_named(first)} stands out most: {round(100 * first.share)} % of its {numbers.counted(first.n, 'feature')}"


def _alt(families: Sequence[Family], n_cases: int) -> str:
    told = "; ".join(f"{_named(one)} {round(100 * one.share)} %" for one in _furthest(families)[:6])
    return f"Share of features outside the middle 90 % of {numbers.counted(n_cases, 'case')}, by family: {told}."

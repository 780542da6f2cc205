"""Class by modality as a heat map: R² before, after, or the change."""

from collections.abc import Sequence
from typing import Literal

import plotly.graph_objects as go

from frontend import numbers, words
from frontend.charts import style
from frontend.charts.style import Chart
from frontend.plain import tagless
from shared import schemas as s

Measure = Literal["pre", "ft", "change"]
CLASSES = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
NAMES: dict[Measure, str] = {
    "pre": "R² before fine-tuning",
    "ft": "R² after fine-tuning",
    "change": "change of R²",
}


def heat_map(
    groups: Sequence[s.GroupRow], modalities: Sequence[str], measure: Measure, made_of: str, dark: bool
) -> Chart:
    """Mean held-out R² of each modality and class; pre and ft share one colour range, so they can be compared."""
    cells = {row.group: row for row in groups if row.grouping == "modality_class"}
    classes = [name for name in CLASSES if any(f"{modality}_{name}" in cells for modality in modalities)]
    values = [[_value(cells.get(f"{modality}_{name}"), measure) for modality in modalities] for name in classes]
    low, high = _range(list(cells.values()), measure)
    figure = go.Figure(
        go.Heatmap(
            z=values, x=[tagless(modality) for modality in modalities],
            y=[words.feature_class(name) for name in classes],
            zmin=low, zmax=high, xgap=3, ygap=3,
            colorscale=style.DIVERGING if measure == "change" else "Viridis",
            colorbar={"title": {"text": "ΔR²" if measure == "change" else "R²"}, "thickness": 12, "outlinewidth": 0},
            customdata=[[f"{modality}_{name}" for modality in modalities] for name in classes],
            hovertext=[[_hover(cells.get(f"{modality}_{name}")) for modality in modalities] for name in classes],
            hoverinfo="text",
        )
    )  # fmt: skip
    for name, row in zip(classes, values, strict=True):
        for modality, value in zip(modalities, row, strict=True):
            text = numbers.change(value) if measure == "change" else numbers.r2(value)
            figure.add_annotation(
                x=tagless(modality), y=words.feature_class(name), text=text, showarrow=False,
                font={"size": 14, "color": _text_colour(value, low, high, measure, dark)},
            )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(side="top", showgrid=False)
    figure.update_layout(template=style.template(dark), height=80 + 52 * len(classes))
    caption = f"Mean held-out R² of the features of each class (rows) in each modality (columns). {made_of}"
    return Chart(figure, _title(cells, measure), caption, _alt(cells, measure), f"groups-{measure}")


def _value(row: s.GroupRow | None, measure: Measure) -> float | None:
    if row is None:
        return None
    if measure == "change":
        return None if row.r2_pre is None or row.r2_ft is None else row.r2_ft - row.r2_pre
    return row.r2_pre if measure == "pre" else row.r2_ft


def _range(rows: Sequence[s.GroupRow], measure: Measure) -> tuple[float, float]:
    if measure == "change":
        widest = max((abs(value) for row in rows if (value := _value(row, "change")) is not None), default=0.0)
        return -max(widest, 0.01), max(widest, 0.01)
    values = [value for row in rows for value in (row.r2_pre, row.r2_ft) if value is not None]
    return (min(values), max(values)) if values else (0.0, 1.0)


def _text_colour(value: float | None, low: float, high: float, measure: Measure, dark: bool) -> str:
    """Black or white, whichever stands out: viridis is dark below, the diverging map dark at both ends."""
    if value is None:
        return style.ink(dark)
    place = (value - low) / (high - low) if high > low else 0.5
    light = 0.2 < place < 0.8 if measure == "change" else place > 0.55
    return "#111418" if light else "#FFFFFF"


def _hover(row: s.GroupRow | None) -> str:
    if row is None:
        return "no features"
    change = None if row.r2_pre is None or row.r2_ft is None else row.r2_ft - row.r2_pre
    return (
        f"{tagless(words.group('modality_class', row.group))}, {row.n_features} features<br>"
        f"pre {numbers.r2(row.r2_pre)} → ft {numbers.r2(row.r2_ft)} ({numbers.change(change)})"
    )


def _extreme(cells: dict[str, s.GroupRow], measure: Measure) -> tuple[str, float] | None:
    known = [(group, value) for group, row in cells.items() if (value := _value(row, measure)) is not None]
    if not known:
        return None
    return max(known, key=lambda item: abs(item[1]) if measure == "change" else item[1])


def _title(cells: dict[str, s.GroupRow], measure: Measure) -> str:
    found = _extreme(cells, measure)
    if found is None:
        return "No group could be scored"
    group = words.group("modality_class", found[0])
    if all((row.r2_pre or 0.0) <= 0 and (row.r2_ft or 0.0) <= 0 for row in cells.values()):
        return "No group can be decoded on held-out patients"
    if measure == "change":
        return f"{group} changed most ({numbers.change(found[1])})"
    return (
        f"{group} is decoded best {'before' if measure == 'pre' else 'after'} fine-tuning (R² {numbers.r2(found[1])})"
    )


def _alt(cells: dict[str, s.GroupRow], measure: Measure) -> str:
    shown = numbers.change if measure == "change" else numbers.r2
    told = ", ".join(
        f"{words.group('modality_class', group)} {shown(_value(row, measure))}" for group, row in cells.items()
    )
    return f"Heat map of {NAMES[measure]} by class and modality: {told}."

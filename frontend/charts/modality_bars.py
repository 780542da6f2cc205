"""Fig. 2 of the paper: R² by modality for the class that is decoded best after fine-tuning."""

from collections.abc import Sequence

import plotly.graph_objects as go

from frontend import numbers, words
from frontend.charts import style
from frontend.charts.style import Chart
from frontend.plain import tagless
from shared import schemas as s


def modality_bars(
    groups: Sequence[s.GroupRow], modalities: Sequence[str], of_class: str, made_of: str, dark: bool
) -> Chart:
    """Held-out R² of one class in each modality, hollow before and filled after fine-tuning."""
    cells = {row.group: row for row in groups if row.grouping == "modality_class"}
    rows = [(modality, cells[f"{modality}_{of_class}"]) for modality in modalities if f"{modality}_{of_class}" in cells]
    colours = [style.MODALITY.get(modality, style.UNCHANGED) for modality, _ in rows]
    figure = go.Figure(layout={"template": style.template(dark)})
    for stage, name in (("pre", "before"), ("ft", "after")):
        values = [getattr(row, f"r2_{stage}") for _, row in rows]
        figure.add_bar(
            x=[tagless(modality) for modality, _ in rows], y=values, name=name,
            text=[numbers.r2(value) for value in values], textposition="outside", cliponaxis=False,
            hovertext=[
                f"{tagless(modality)} {words.feature_class(of_class)}, {name}: R² {numbers.r2(value)}"
                for (modality, _), value in zip(rows, values, strict=True)
            ],
            hoverinfo="text",
            marker={
                "color": ["rgba(0,0,0,0)"] * len(rows) if stage == "pre" else colours,
                "line": {"color": colours, "width": 2.5},
            },
        )  # fmt: skip
    figure.update_yaxes(title_text="held-out R²", zeroline=True)
    figure.update_layout(barmode="group", bargap=0.35, bargroupgap=0.12, height=360, showlegend=False)
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=1, yref="paper", yanchor="bottom", showarrow=False, yshift=12,
        text="□ before   ■ after fine-tuning", font={"size": 12},
    )  # fmt: skip
    caption = (
        f"The paper's Fig. 2: the feature class with the highest held-out R² after fine-tuning, by modality. {made_of}"
    )
    return Chart(figure, _title(rows, of_class), caption, _alt(rows, of_class), f"fig2-{of_class}")


def _title(rows: Sequence[tuple[str, s.GroupRow]], of_class: str) -> str:
    known = [(row.r2_ft, modality) for modality, row in rows if row.r2_ft is not None]
    name = words.feature_class(of_class)
    if not known:
        return f"{name} could not be scored"
    best, modality = max(known)
    return f"{name} is decoded best on {modality}" if best > 0 else f"{name} is not decoded on held-out patients"


def _alt(rows: Sequence[tuple[str, s.GroupRow]], of_class: str) -> str:
    told = "; ".join(f"{modality} {numbers.r2(row.r2_pre)} to {numbers.r2(row.r2_ft)}" for modality, row in rows)
    return f"Held-out R² of {words.feature_class(of_class)} by modality, before to after fine-tuning: {told}."

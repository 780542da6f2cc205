"""Fig. 2 of the paper: R² by modality for the class that is decoded best after fine-tuning."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.modalities import looks
from frontend.charts.style import Chart
from frontend.text import labels, numbers, trust_words
from frontend.text.escape import escape_html
from frontend.text.trust_words import TrustWords
from shared import schemas as s


def modality_bars(
    groups: Sequence[s.GroupRow],
    modalities: Sequence[str],
    protocol: s.Protocol,
    of_class: str,
    made_of: str,
    dark: bool,
    trusted: bool = False,
    words: TrustWords = trust_words.PLAIN,
    floor: float | None = None,
) -> Chart:
    """R² of one class in each modality, the paper's or the trust block's; hollow before, filled after."""
    field = "trust_r2" if trusted else "r2"
    cells = {row.group: row for row in groups if row.grouping == "modality_class"}
    rows = [(modality, cells[f"{modality}_{of_class}"]) for modality in modalities if f"{modality}_{of_class}" in cells]
    known = looks(protocol, modalities)
    colours = [known[modality][0] for modality, _ in rows]
    figure = go.Figure(layout={"template": style.template(dark)})
    for stage, name in (("pre", "before"), ("ft", "after")):
        values = [getattr(row, f"{field}_{stage}") for _, row in rows]
        figure.add_bar(
            x=[escape_html(modality) for modality, _ in rows], y=[_drawn(value) for value in values], name=name,
            text=[_written(value) for value in values], textposition="outside", cliponaxis=False,
            textfont={"size": 11}, textangle=0, constraintext="none",
            hovertext=[
                f"{escape_html(modality)} {labels.feature_class(of_class)}, {name}: R² {numbers.r2(value)}"
                for (modality, _), value in zip(rows, values, strict=True)
            ],
            hoverinfo="text",
            marker={
                "color": ["rgba(0,0,0,0)"] * len(rows) if stage == "pre" else colours,
                "line": {"color": colours, "width": 2.5},
            },
        )  # fmt: skip
    figure.update_yaxes(
        title_text=words.r2 if trusted else "the paper's held-out R²",
        zeroline=True,
        range=_range(rows, field),
        tickformat=".2f",
    )
    figure.update_layout(barmode="group", bargap=0.25, bargroupgap=0.12, height=360, showlegend=False)
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=1, yref="paper", yanchor="bottom", showarrow=False, yshift=12,
        text="□ before   ■ after fine-tuning", font={"size": 12},
    )  # fmt: skip
    which = "As the paper's Fig. 2, from the trust block" if trusted else "The paper's Fig. 2"
    kind = words.r2_first if trusted else "Held-out R² (paper's decoders)"
    caption = f"{which} ({kind}): the feature class with the highest R² after fine-tuning, by modality. {made_of}"
    sentence = "; ".join(
        f"{modality} {numbers.r2(getattr(row, f'{field}_pre'))} to {numbers.r2(getattr(row, f'{field}_ft'))}"
        for modality, row in rows
    )
    alt = f"{kind} of {labels.feature_class(of_class)} by modality, before to after fine-tuning: {sentence}."
    after = [(getattr(row, f"{field}_ft"), modality) for modality, row in rows]
    frame = pd.DataFrame(
        [(modality, of_class, getattr(row, f"{field}_pre"), getattr(row, f"{field}_ft")) for modality, row in rows],
        columns=["modality", "feature_class", "r2_pre", "r2_ft"],
    )
    return Chart(figure, _title(after, of_class, floor), caption, alt, f"fig2-{of_class}", frame)


def best_class(groups: Sequence[s.GroupRow]) -> str | None:
    """The feature class with the highest R² of the trust block after fine-tuning."""
    scored = [(row.trust_r2_ft, row.group) for row in groups if row.grouping == "class" and row.trust_r2_ft is not None]
    return max(scored)[1] if scored else None


def _range(rows: Sequence[tuple[str, s.GroupRow]], field: str) -> list[float]:
    """The axis, with room for the numbers; never so narrow that noise looks like a result."""
    values = [_drawn(getattr(row, f"{field}_{stage}")) for _, row in rows for stage in ("pre", "ft")]
    known = [value for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.05, *known])
    return [low - (0.15 * (high - low) if low < 0 else 0.0), high + 0.1 * (high - low)]


def _drawn(value: float | None) -> float | None:
    return None if value is None else style.clipped(value)


def _written(value: float | None) -> str:
    """The value at its bar; an arrow where the bar ends before it."""
    return f"{numbers.r2(value)}<br>↓" if value is not None and value < style.LOWEST else numbers.r2(value)


def _title(after: Sequence[tuple[float | None, str]], of_class: str, floor: float | None) -> str:
    known = [(value, modality) for value, modality in after if value is not None]
    name = labels.feature_class(of_class)
    if not known:
        return f"{name} could not be scored"
    best, modality = max(known)
    if best <= max(style.DECODABLE, floor or 0.0):
        return f"{name} is not decoded on held-out patients"
    return f"{name} is decoded best on {modality}"

"""Which patients carry an effect: how much it would fall or rise were one of them left out."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import numbers
from frontend.text.escape import escape_html
from shared import schemas as s

MOST, TOP = 10, 5
ROW = 22


def influence(found: s.FeatureEvidence, made_of: str, dark: bool) -> Chart:
    """Bars of the patients that carry most; filled where the patient supports the effect, hollow where it opposes."""
    shown = found.influence[:MOST]
    effect = found.row.effect or 0.0
    figure = go.Figure(layout={"template": style.template(dark)})
    colours = [style.direction(one.carries) for one in shown]
    with_effect = [one.carries * effect > 0 for one in shown]
    figure.add_bar(
        x=[one.carries for one in shown], y=list(range(len(shown))), orientation="h",
        customdata=[one.patient_id for one in shown], hoverinfo="text",
        hovertext=[f"patient {escape_html(one.patient_id)}<br>{without(effect, one)}" for one in shown],
        marker={
            "color": [c if same else "rgba(0,0,0,0)" for c, same in zip(colours, with_effect, strict=True)],
            "line": {"color": colours, "width": 1.6},
        },
    )  # fmt: skip
    figure.update_yaxes(
        autorange="reversed", tickvals=list(range(len(shown))), showgrid=False, zeroline=False,
        ticktext=[_short(one.patient_id) for one in shown],
    )  # fmt: skip
    figure.update_xaxes(title_text="part of the effect that is carried", title_font_size=12)
    figure.update_xaxes(zeroline=True, nticks=6, tickformat="+.3~f")
    figure.update_layout(height=80 + ROW * len(shown), margin={"t": 12, "b": 48}, bargap=0.3, showlegend=False)
    caption = (
        f"The {numbers.counted(len(shown), 'patient')} of {numbers.count(len(found.influence))} that matter most: each "
        "was left out with all studies and the effect computed again. Filled: without this patient the effect would be "
        f"nearer to zero. Hollow: further from it. {made_of}"
    )
    told = "; ".join(f"{one.patient_id}: {without(effect, one)}" for one in shown[:TOP])
    alt = f"Bars of {len(shown)} patients by how much they carry the effect. {told}."
    frame = pd.DataFrame(
        [(one.patient_id, one.carries, effect - one.carries) for one in found.influence],
        columns=["patient_id", "carries", "effect_without"],
    )
    return Chart(figure, title(found), caption, alt, "influence", frame)


def title(found: s.FeatureEvidence) -> str:
    """Whether a few patients carry the effect."""
    share = top_share(found.influence, found.row.effect)
    if share is None:
        return "There is no effect for patients to carry"
    few = "A few patients carry much of it" if share >= 0.5 else "No few patients carry it"
    return f"{few}: the top {TOP} hold {round(100 * share)} % of the effect"


def top_share(carried: Sequence[s.PatientInfluence], effect: float | None) -> float | None:
    """How much of the effect would be gone, to first order, without the five patients that carry most of it."""
    if effect is None or abs(effect) < 1e-6:
        return None
    parts = sorted((one.carries / effect for one in carried), reverse=True)
    return sum(part for part in parts[:TOP] if part > 0)


def without(effect: float, one: s.PatientInfluence) -> str:
    """`without this patient the effect would be +0.07`, to the digit in which it differs."""
    return f"without this patient the effect would be {numbers.fine_change(effect - one.carries)}"


def _short(patient: str) -> str:
    text = patient if len(patient) <= 14 else f"{patient[:13]}…"
    return escape_html(text)

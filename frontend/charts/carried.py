"""Chart of one feature in one case: measured value, and values decoded before and after fine-tuning."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import numbers
from frontend.text.escape import escape_html
from shared import schemas as s


def carried(mine: s.FeatureCase, others: Sequence[s.FeatureCase], label: str, dark: bool) -> Chart:
    """The cohort's measured values as ticks, the case's as a line, decoded before (hollow) to after (filled)."""
    figure = go.Figure()
    figure.add_scatter(
        x=[case.true for case in others], y=[0.0] * len(others), mode="markers", name="measured, other cases",
        hoverinfo="skip",
        marker={"symbol": "line-ns-open", "size": 12, "color": style.UNCHANGED},
    )  # fmt: skip
    figure.add_scatter(
        x=[mine.decoded_pre, mine.decoded_ft], y=[1.0, 1.0], mode="lines+markers", name="decoded, before → after",
        line={"color": style.PLAIN, "width": 2},
        marker={"symbol": ["circle-open", "circle"], "size": 13, "color": style.PLAIN, "line": {"width": 2}},
        hoverinfo="text", hovertext=[f"before {numbers.r2(mine.decoded_pre)}", f"after {numbers.r2(mine.decoded_ft)}"],
    )  # fmt: skip
    figure.add_scatter(
        x=[mine.true, mine.true], y=[-0.4, 1.4], mode="lines", name="measured, this case", hoverinfo="skip",
        line={"color": style.ink(dark), "width": 2, "dash": "dash"},
    )  # fmt: skip
    figure.update_yaxes(visible=False, range=[-0.6, 1.6])
    figure.update_xaxes(title_text="value (0 to 1 over training)", title_font_size=12, zeroline=False)
    figure.update_layout(template=style.template(dark), height=190, margin={"t": 40})
    frame = pd.DataFrame([case.model_dump() for case in (mine, *(case for case in others if case is not mine))])
    return Chart(figure, escape_html(label), carried_sentence(mine), carried_sentence(mine), "carried", frame)


def carried_sentence(mine: s.FeatureCase) -> str:
    """Measured and decoded values of a feature in one sentence.

    For example `Measured 0.62. Decoded from the embedding: 0.48 before fine-tuning, 0.57 after, closer by 0.09 (...).`
    """
    moved = numbers.r2(abs(mine.error_change))
    words = f"{'closer' if mine.error_change < 0 else 'further off'} by {moved}"
    seen = "was not used to fit the decoder" if mine.held_out else "was used to fit the decoder"
    return (
        f"Measured {numbers.r2(mine.true)}. Decoded from the embedding: {numbers.r2(mine.decoded_pre)} before "
        f"fine-tuning, {numbers.r2(mine.decoded_ft)} after, {'as close as before' if moved == '0.00' else words} "
        f"(this case {seen})."
    )

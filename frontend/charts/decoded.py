"""A feature's decoded value against its true value, before and after fine-tuning, side by side."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import numbers
from frontend.text.escape import escape_html
from shared import schemas as s


def decoded_scatter(found: s.FeatureCases, made_of: str, dark: bool, chosen: str | None = None) -> Chart:
    """Decoded against true in min-max units; held-out studies filled, training studies small and faded."""
    r2 = {"pre": found.row.paper_r2_pre, "ft": found.row.paper_r2_ft}
    figure = make_subplots(
        cols=2, rows=1, shared_yaxes=True, horizontal_spacing=0.05,
        subplot_titles=[f"before · R² {numbers.r2(r2['pre'])}", f"after · R² {numbers.r2(r2['ft'])}"],
    )  # fmt: skip
    low, high = _range(found.cases)
    for panel, stage in enumerate(("pre", "ft"), start=1):
        figure.add_scatter(
            x=[low, high], y=[low, high], mode="lines", row=1, col=panel, hoverinfo="skip", showlegend=False,
            line={"color": style.UNCHANGED, "width": 1, "dash": "dot"},
        )  # fmt: skip
        for held_out in (False, True):
            cases = [case for case in found.cases if case.held_out == held_out]
            _add_cases(figure, cases, stage, held_out, panel, dark, chosen)
    figure.update_xaxes(range=[low, high], title_text="true value", title_font_size=12)
    figure.update_yaxes(range=[low, high])
    figure.update_yaxes(title_text="decoded value", title_font_size=12, col=1)
    figure.update_layout(
        template=style.template(dark), height=360, margin={"t": 64},
        legend={"y": 1.12, "font": {"size": 12}}, hovermode="closest",
    )  # fmt: skip
    tested = numbers.counted(sum(case.split == "test" for case in found.cases), "test study", "test studies")
    caption = (
        "Each point is a study; 0 to 1 is the range of the training studies. On the dotted line the embedding tells "
        f"the feature exactly. R² counts the {tested} only, decoded without them. {made_of}"
    )
    frame = pd.DataFrame([case.model_dump() for case in found.cases])
    return Chart(figure, _title(r2["pre"], r2["ft"]), caption, _alt(found), "decoded-against-true", frame)


def _add_cases(
    figure: go.Figure,
    cases: Sequence[s.FeatureCase],
    stage: str,
    held_out: bool,
    panel: int,
    dark: bool,
    chosen: str | None,
) -> None:
    colour = style.PLAIN if held_out else style.UNCHANGED
    figure.add_scatter(
        x=[case.true for case in cases], y=[getattr(case, f"decoded_{stage}") for case in cases],
        mode="markers", row=1, col=panel, showlegend=panel == 1, name="held out" if held_out else "training",
        customdata=[case.case_id for case in cases], hoverinfo="text",
        hovertext=[
            f"study {escape_html(case.study_id)}<br>true {numbers.r2(case.true)}, "
            f"decoded {numbers.r2(getattr(case, f'decoded_{stage}'))}"
            for case in cases
        ],
        opacity=1.0 if held_out else 0.45,
        marker={
            "size": [13 if case.case_id == chosen else 9 if held_out else 6 for case in cases],
            "symbol": "circle" if held_out else "circle-open",
            "color": colour,
            "line": {"width": 1, "color": style.paper(dark) if held_out else colour},
        },
    )  # fmt: skip


def _range(cases: Sequence[s.FeatureCase]) -> tuple[float, float]:
    values = [value for case in cases for value in (case.true, case.decoded_pre, case.decoded_ft)]
    if not values:
        return 0.0, 1.0
    room = 0.05 * (max(values) - min(values) or 1.0)
    return min(values) - room, max(values) + room


def _title(pre: float | None, ft: float | None) -> str:
    if pre is None or ft is None:
        return "Paper's decoders: held-out R² is undefined for this feature"
    if max(pre, ft) <= 0:
        return "Paper's decoders: not decoded on held-out studies, before or after"
    change = ft - pre
    if abs(change) <= style.MARGIN:
        return f"Paper's decoders: about as good as before (ΔR² {numbers.change(change)})"
    return f"Paper's decoders: {'better' if change > 0 else 'worse'} after fine-tuning (ΔR² {numbers.change(change)})"


def _alt(found: s.FeatureCases) -> str:
    n = sum(case.held_out for case in found.cases)
    return (
        f"Two scatter plots of decoded against true values of {found.definition.label} for {len(found.cases)} studies, "
        f"{n} of them held out. Held-out R² is {numbers.r2(found.row.paper_r2_pre)} before and "
        f"{numbers.r2(found.row.paper_r2_ft)} after fine-tuning."
    )

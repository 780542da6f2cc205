"""Decoded against true value of one feature while each patient was held out, before and after, side by side."""

import pandas as pd
from plotly.subplots import make_subplots

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import numbers, trust_words
from frontend.text.escape import escape_html
from frontend.text.trust_words import TrustWords
from shared import schemas as s


def held_out(found: s.FeatureEvidence, made_of: str, dark: bool, words: TrustWords = trust_words.PLAIN) -> Chart:
    """Normal scores; every study was decoded by a model that never saw its patient."""
    row = found.row
    figure = make_subplots(
        cols=2, rows=1, shared_yaxes=True, horizontal_spacing=0.05,
        subplot_titles=[f"before · R² {numbers.r2(row.r2_pre)}", f"after · R² {numbers.r2(row.r2_ft)}"],
    )  # fmt: skip
    reach = 1.05 * max(
        (abs(value) for p in found.points for value in (p.true, p.decoded_pre, p.decoded_ft)), default=1.0
    )
    size = 7 if len(found.points) <= 200 else 5
    for panel, stage in enumerate(("pre", "ft"), start=1):
        figure.add_scatter(
            x=[-reach, reach], y=[-reach, reach], mode="lines", row=1, col=panel, hoverinfo="skip",
            line={"color": style.UNCHANGED, "width": 1, "dash": "dot"},
        )  # fmt: skip
        for is_closer, name, colour, symbol in (
            (False, "further off after", style.WEAKER, "triangle-down"),
            (True, "closer after", style.STRONGER, "circle"),
        ):
            points = [p for p in found.points if (p.gain > 0) == is_closer]
            figure.add_scatter(
                x=[p.true for p in points], y=[getattr(p, f"decoded_{stage}") for p in points], mode="markers",
                row=1, col=panel, name=name, showlegend=panel == 1, legendgroup=name, hoverinfo="text",
                customdata=[p.case_id for p in points],
                hovertext=[
                    f"study {escape_html(p.study_id)}<br>true {numbers.r2(p.true)}, "
                    f"decoded {numbers.r2(p.decoded_pre)} → {numbers.r2(p.decoded_ft)}"
                    for p in points
                ],
                opacity=0.75,
                marker={"size": size, "symbol": symbol, "color": style.paper(dark) if stage == "pre" else colour,
                        "line": {"width": 1.2, "color": colour}},
            )  # fmt: skip
    figure.update_xaxes(range=[-reach, reach], title_text="true value", title_font_size=12, zeroline=False)
    figure.update_yaxes(range=[-reach, reach], zeroline=False)
    figure.update_yaxes(title_text="decoded value", title_font_size=12, col=1)
    for trace in figure.data:
        if trace.mode == "lines":
            trace.showlegend = False
    figure.update_layout(
        template=style.template(dark), height=340, margin={"t": 64},
        legend={"y": 1.12, "font": {"size": 12}}, hovermode="closest",
    )  # fmt: skip
    closer = sum(p.gain > 0 for p in found.points)
    caption = (
        f"Each point is a study, decoded while its patient was held out; values as normal scores; this is {words.r2}. "
        f"On the dotted line the embedding tells the feature exactly. {closer} of "
        f"{numbers.counted(len(found.points), 'study', 'studies')} are decoded closer after fine-tuning. {made_of}"
    )
    alt = (
        f"Two scatter plots of decoded against true values of {found.definition.label} for {len(found.points)} "
        f"held-out studies. {words.r2_first} is {numbers.r2(row.r2_pre)} before and {numbers.r2(row.r2_ft)} after "
        f"fine-tuning; {closer} studies are decoded closer after."
    )
    frame = pd.DataFrame([p.model_dump() for p in found.points])
    return Chart(figure, _title(row), caption, alt, "held-out", frame)


def _title(row: s.RankingRow) -> str:
    if row.flag == "not_decodable":
        return "Not decoded on held-out patients, before or after"
    if row.delta_r2 is None or abs(row.delta_r2) <= style.MARGIN:
        return f"Decoded about as well as before (ΔR² {numbers.change(row.delta_r2)})"
    return f"Decoded {'better' if row.delta_r2 > 0 else 'worse'} after fine-tuning (ΔR² {numbers.change(row.delta_r2)})"

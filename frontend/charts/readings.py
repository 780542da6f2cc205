"""The readings of one feature side by side: effect, given the label, with its group, every run, control."""

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.effect_rows import Interval, control_of
from frontend.charts.style import Chart
from frontend.text import numbers
from frontend.text.causes_words import coded_label
from frontend.text.trust_words import TrustWords
from shared import schemas as s

ROW = 40
SYMBOL = {"effect": "circle", "given the label": "diamond-open", "with its group": "square-open", "control": "line-ns"}


def readings(
    found: s.FeatureEvidence,
    trust: s.TrustSummary | None,
    made_of: str,
    dark: bool,
    words: TrustWords,
    protocol: s.Protocol,
) -> Chart:
    """One row a reading, all on one axis with zero and margin."""
    row = found.row
    shown = _shown(found, trust)
    runs = found.by_run if len(found.by_run) > 1 else []
    names = [*list(shown)[:1], *(["each run"] if runs else []), *list(shown)[1:]]
    figure = go.Figure(layout={"template": style.template(dark)})
    figure.add_vrect(
        x0=-found.margin, x1=found.margin, line_width=0, fillcolor=style.UNCHANGED, opacity=0.15, layer="below"
    )
    for name, one in shown.items():
        at, colour = names.index(name), _colour(name, row, dark)
        figure.add_scatter(
            x=one[1:], y=[at, at], mode="lines", hoverinfo="skip", name=name,
            line={"color": colour, "width": 9 if name == "control" else 2}, opacity=0.45 if name == "control" else 1,
        )  # fmt: skip
        symbol = style.FLAG_SYMBOL.get(row.flag or "", "circle") if name == "effect" else SYMBOL[name]
        figure.add_scatter(
            x=one[:1], y=[at], mode="markers+text", name=name, hoverinfo="text",
            hovertext=[f"{name}: {numbers.effect(*one)}"],
            marker={"symbol": symbol, "size": 11, "color": colour, "line": {"width": 1.8, "color": colour}},
            text=[numbers.change(one[0])], textposition="top center", textfont={"size": 11},
        )  # fmt: skip
    figure.add_scatter(
        x=runs, y=[1] * len(runs), mode="markers", name="each run", hoverinfo="text",
        hovertext=[f"run {n}: {numbers.change(value)}" for n, value in enumerate(runs, start=1)],
        marker={"symbol": "line-ns-open", "size": 15, "color": style.ink(dark), "line": {"width": 1.5}},
    )  # fmt: skip
    figure.update_yaxes(
        range=[len(names) - 0.5, -0.7], tickvals=list(range(len(names))), ticktext=names, showgrid=False,
        zeroline=False,
    )  # fmt: skip
    figure.update_xaxes(zeroline=True, title_text="effect", nticks=6)
    figure.update_layout(height=84 + ROW * len(names), margin={"t": 12, "b": 48}, showlegend=False)
    frame = pd.DataFrame(
        [(name, *one) for name, one in shown.items()]
        + [(f"run {n}", value, None, None) for n, value in enumerate(runs, start=1)],
        columns=["reading", "effect", "ci_low", "ci_high"],
    )  # fmt: skip
    told = "; ".join(f"{name} {numbers.effect(*one)}" for name, one in shown.items())
    alone = f" Runs alone: {', '.join(map(numbers.change, runs))}." if runs else ""
    caption = (
        f"Lines: 95 % intervals. Grey band: the margin of {found.margin}. {_meaning(names, trust, protocol)}{made_of}"
    )
    title = f"{words.flag(row.flag)[:1].upper()}{words.flag(row.flag)[1:]}: {_title(found)}"
    return Chart(figure, title, caption, f"Readings of one feature: {told}.{alone}", "readings", frame)


def _shown(found: s.FeatureEvidence, trust: s.TrustSummary | None) -> dict[str, Interval]:
    row = found.row
    given = (row.effect_given_label, row.given_label_low, row.given_label_high)
    all_of_them = {
        "effect": (row.effect, row.ci_low, row.ci_high),
        "given the label": given,
        "with its group": (row.effect_shrunk, row.shrunk_low, row.shrunk_high),
        "control": control_of(row, trust) or (None, None, None),
    }
    return {
        name: (value, low, high)
        for name, (value, low, high) in all_of_them.items()
        if value is not None and low is not None and high is not None
    }


def _colour(name: str, row: s.RankingRow, dark: bool) -> str:
    if name == "effect":
        return style.FLAG_COLOUR.get(row.flag or "", style.UNCHANGED)
    return {"given the label": style.LABEL_BORNE, "control": style.UNCHANGED}.get(name, style.ink(dark))


def _meaning(names: list[str], trust: s.TrustSummary | None, protocol: s.Protocol) -> str:
    """What the further rows are; the label is named."""
    text = []
    if "given the label" in names:
        coded = [] if trust is None else [coded_label(protocol, one) for one in trust.label]
        label = " and ".join(coded) or "the label"
        text.append(f"Given the label: decoded with {label} known, so that only what is beyond it counts.")
    if "with its group" in names:
        text.append("With its group: drawn towards what its group did, by how sure it is alone.")
    if "each run" in names:
        text.append("Each run: fine-tuning repeated with another seed.")
    if "control" in names:
        text.append("Control: its group in runs trained on shuffled labels, what nothing looks like.")
    return "".join(f"{one} " for one in text)


def _title(found: s.FeatureEvidence) -> str:
    row = found.row
    text = f"effect {numbers.change(row.effect)}"
    if row.effect_given_label is not None:
        text += f", given the label {numbers.change(row.effect_given_label)}"
    if row.n_runs is not None and row.n_runs > 1 and row.n_runs_agree is not None:
        text += f", in {row.n_runs_agree} of {row.n_runs} runs"
    return text

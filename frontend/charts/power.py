"""Chart of a self-check: share of planted changes found, and false alarms, by estimator."""

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import numbers
from frontend.text.escape import escape_html
from shared import schemas as s

MEASURES = {
    "power": ("single features found", "circle-open", 19, style.CATEGORIES[0]),
    "group_power": ("groups found", "diamond-open", 13, style.CATEGORIES[2]),
    "false_positives": ("false alarms among untouched features", "x-thin", 8, style.CATEGORIES[1]),
}
"""Label, symbol, size and colour; equal shares lie inside each other, not on top of each other."""
LABELS = {"ΔI": "paper's ΔI"}
ROW = 46


def power(found: s.Power, made_of: str, dark: bool) -> Chart:
    """One row an estimator that gives flags; shares of features and groups on one axis."""
    rows = _flagging(found)
    figure = go.Figure(layout={"template": style.template(dark)})
    names = [LABELS.get(name, name) for name in rows]
    for measure, (label, symbol, size, colour) in MEASURES.items():
        values = [shares[measure] for shares in rows.values()]
        if all(value is None for value in values):
            continue
        figure.add_scatter(
            x=values, y=names, mode="markers", name=label, hoverinfo="text",
            hovertext=[f"{escape_html(name)}: {label} {_percent(v)}" for name, v in zip(names, values, strict=True)],
            marker={"size": size, "symbol": symbol, "color": colour, "line": {"width": 2.5, "color": colour}},
        )  # fmt: skip
    figure.add_vline(x=0.1, line={"color": style.ink(dark), "width": 1.2, "dash": "dash"}, opacity=0.7)
    shares = [tenth / 10 for tenth in range(0, 11, 2)]
    figure.update_xaxes(
        range=[-0.03, 1.03],
        tickvals=shares,
        ticktext=[_percent(one) for one in shares],
        title_text="share",
        zeroline=True,
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_layout(height=150 + ROW * len(rows), margin={"t": 70}, legend={"font": {"size": 12}})
    caption = (
        f"Known changes planted in {numbers.counted(found.seeds, 'simulated cohort')} of {found.patients} patients, "
        f"{found.width} embedding dimensions and {numbers.counted(found.features, 'feature')}, with the median R² "
        f"before ({numbers.r2(found.r2_median)}) matched to this study. Dashed: a tenth. {made_of}"
    )
    text = "; ".join(
        f"{name}: " + ", ".join(f"{MEASURES[m][0]} {_percent(v)}" for m, v in shares.items() if v is not None)
        for name, shares in zip(names, rows.values(), strict=True)
    )
    frame = pd.DataFrame([row.model_dump() for row in found.rows])
    return Chart(figure, _title(rows), caption, f"Shares found and false alarms. {text}.", "power", frame)


def _flagging(found: s.Power) -> dict[str, dict[str, float | None]]:
    """Shares by estimator: found where something was planted, the worst false alarms over all scenarios."""
    shares: dict[str, dict[str, float | None]] = {}
    for row in found.rows:
        if row.power is None and row.false_positives is None:
            continue
        mine = shares.setdefault(row.estimator, dict.fromkeys(MEASURES, None))
        for measure in MEASURES:
            value = getattr(row, measure)
            if value is not None:
                known = mine[measure]
                mine[measure] = value if known is None else max(known, value)
    return shares


def _percent(value: float | None) -> str:
    return numbers.NONE if value is None else f"{100 * value:.0f} %"


def _title(rows: dict[str, dict[str, float | None]]) -> str:
    trust = rows.get("trust effect")
    if trust is None or trust["power"] is None:
        return "Nothing was planted that could be found"
    groups = "" if trust["group_power"] is None else f" and {_percent(trust['group_power'])} of changed groups"
    return f"The trust flags would find {_percent(trust['power'])} of changed features{groups}"

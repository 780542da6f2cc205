"""Scatter of the effects of two analyses with intervals; colour and shape say how the two agree."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import labels, numbers
from frontend.text.escape import escape_html
from shared import schemas as s

LOOKS: dict[str, tuple[str, str, float]] = {
    "not_decodable": ("x-thin-open", style.UNCHANGED, 0.35),
    "neither": ("circle-open", style.UNCHANGED, 0.4),
    "unclear": ("diamond-open", style.UNCHANGED, 0.8),
    "differs": ("star", style.CATEGORIES[4], 0.9),
    "specific_first": ("triangle-right", style.CATEGORIES[2], 0.9),
    "specific_second": ("triangle-up", style.CATEGORIES[3], 0.9),
    "opposite": ("cross", style.CATEGORIES[1], 1.0),
    "shared_weaker": ("square", style.WEAKER, 0.9),
    "shared_stronger": ("circle", style.STRONGER, 0.9),
}
"""Symbol, colour and opacity by verdict, drawn in this order."""
FADED = ("not_decodable", "neither")
MOST_INTERVALS = 60
"""Crosses of more points would hide the points; those that matter most keep theirs."""


def agreement(
    rows: pd.DataFrame, names: tuple[str, str], chosen: Sequence[str], what: str, made_of: str, dark: bool
) -> Chart:
    """`rows`: columns of `Compared` and `key`, `label`; `names`: first (x) and second (y) analysis."""
    figure = go.Figure(layout={"template": style.template(dark)})
    lead = _with_interval(rows)
    for verdict, look in LOOKS.items():
        of_verdict = rows[rows["verdict"] == verdict]
        if not of_verdict.empty:
            _add_intervals(figure, of_verdict[of_verdict["key"].isin(lead)], look[1])
            _add(figure, of_verdict, verdict, names, look)
    marked = rows[rows["key"].isin(list(chosen))]
    if not marked.empty:
        figure.add_scatter(
            x=marked["effect_first"], y=marked["effect_second"], mode="markers", showlegend=False, hoverinfo="skip",
            marker={"size": 15, "symbol": "circle-open", "color": style.ink(dark), "line": {"width": 2.5}},
        )  # fmt: skip
    low, high = _range(rows)
    figure.add_scatter(
        x=[low, high], y=[low, high], mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": style.UNCHANGED, "width": 1, "dash": "dot"},
    )  # fmt: skip
    figure.update_xaxes(title_text=f"effect, {escape_html(names[0])}", range=[low, high], zeroline=True)
    figure.update_yaxes(title_text=f"effect, {escape_html(names[1])}", range=[low, high], zeroline=True)
    figure.update_layout(height=600, margin={"t": 96}, hovermode="closest", legend={"font": {"size": 12}})
    counts = {verdict: int((rows["verdict"] == verdict).sum()) for verdict in LOOKS}
    shared = counts["shared_stronger"] + counts["shared_weaker"]
    own = counts["specific_first"] + counts["specific_second"]
    which = "" if len(lead) == len(rows) else f" of the {len(lead)} {what} that lead"
    caption = (
        f"Each point: one of {numbers.count(len(rows))} {what}. Dotted: the same effect in both. Crosses: 95 % "
        f"intervals{which}. {made_of}"
    )
    alt = f"Scatter of the effects of {len(rows)} {what}, {names[0]} against {names[1]}: " + ", ".join(
        f"{n} {labels.verdict(verdict, names)}" for verdict, n in counts.items() if n
    )
    return Chart(figure, _title(shared, own, counts["opposite"], what), caption, f"{alt}.", "agreement", rows)


def _with_interval(rows: pd.DataFrame) -> set[str]:
    """Keys of the points whose intervals are drawn: the clearest verdicts first, then the largest effects."""
    reach = rows[["effect_first", "effect_second"]].abs().max(axis=1)
    order = rows.assign(reach=reach, faded=rows["verdict"].isin(FADED)).sort_values(
        ["faded", "reach"], ascending=[True, False], kind="stable"
    )
    return set(order["key"].head(MOST_INTERVALS))


def _add_intervals(figure: go.Figure, rows: pd.DataFrame, colour: str) -> None:
    """Add intervals as thin crosses; error bars with caps would hide the points."""
    lines_x: list[float | None] = []
    lines_y: list[float | None] = []
    for row in rows.to_dict("records"):
        lines_x += [row["low_first"], row["high_first"], None, row["effect_first"], row["effect_first"], None]
        lines_y += [row["effect_second"], row["effect_second"], None, row["low_second"], row["high_second"], None]
    figure.add_scatter(
        x=lines_x, y=lines_y, mode="lines", hoverinfo="skip", showlegend=False, opacity=0.4,
        line={"color": colour, "width": 1},
    )  # fmt: skip


def _add(
    figure: go.Figure, rows: pd.DataFrame, verdict: str, names: tuple[str, str], look: tuple[str, str, float]
) -> None:
    symbol, colour, opacity = look
    figure.add_scatter(
        x=rows["effect_first"], y=rows["effect_second"], mode="markers",
        name=escape_html(labels.verdict(verdict, names)), customdata=rows["key"].to_numpy(object), hoverinfo="text",
        hovertext=[
            f"{escape_html(row['label'])}<br>{escape_html(names[0])}: "
            f"{numbers.effect(row['effect_first'], row['low_first'], row['high_first'])}<br>{escape_html(names[1])}: "
            f"{numbers.effect(row['effect_second'], row['low_second'], row['high_second'])}"
            for row in rows.to_dict("records")
        ],
        marker={"size": 6 if verdict in FADED else 9, "symbol": symbol, "color": colour, "opacity": opacity,
                "line": {"width": 1.4, "color": colour}},
    )  # fmt: skip


def _range(rows: pd.DataFrame) -> tuple[float, float]:
    values = rows[["effect_first", "effect_second"]].to_numpy(float)
    low, high = (float(values.min()), float(values.max())) if len(rows) else (-0.1, 0.1)
    low, high = min(low, -style.MARGIN), max(high, style.MARGIN)
    room = 0.12 * (high - low)
    return low - room, high + room


def _title(shared: int, own: int, opposite: int, what: str) -> str:
    if not shared + own + opposite:
        return f"None of the {what} is shown to change in both, or in one alone"
    text = [f"{shared} changed in both", f"{own} in one only"]
    if opposite:
        text.append(f"{opposite} in opposite directions")
    return f"Of these {what} {', '.join(text)}"


def frame_of(rows: Sequence[s.ComparedRow] | Sequence[s.ComparedGroup]) -> pd.DataFrame:
    """Rows of a pair with the key and words the chart wants."""
    lines = []
    for row in rows:
        line = row.model_dump()
        if isinstance(row, s.ComparedRow):
            line |= {"key": row.feature}
        else:
            line |= {"key": f"{row.grouping}:{row.group}", "label": labels.group(row.grouping, row.group)}
        lines.append(line)
    columns = [*s.Compared.model_fields, "key", "label"]
    return pd.DataFrame(lines) if lines else pd.DataFrame(columns=columns)

"""The charts of report.html as HTML with a text alternative each."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from backend.science.report.flag_words import FLAG_WORDS, FLAGGED
from backend.science.report.group_lines import GroupLine
from backend.science.report.protocol_words import OTHER_COLOUR
from backend.science.text_format import number, signed

PLOTLY_CONFIG = {"showSendToCloud": False, "displaylogo": False, "displayModeBar": False, "responsive": True}
BESIDE = 0.3  # rows that marks beside the effect stand above or below it
CLEAR = "rgba(0,0,0,0)"


def effects_chart(lines: Sequence[GroupLine]) -> dict[str, str]:
    """The effect of every group with its interval; marks of the label, runs and controls beside."""
    figure = effects_figure(lines)
    told = []
    for line in lines:
        words = f"{line.name}: {line.effect.words}, {FLAG_WORDS[line.flag]}"
        words += f", given the label {line.given_label.words}" if line.given_label else ""
        words += f", runs {', '.join(map(signed, line.by_run))}" if line.by_run else ""
        words += f", controls {line.control.words}" if line.control else ""
        told.append(words)
    alt = f"Trust effect of each group with its 95 % interval. {'; '.join(told)}."
    return {"html": _html(figure, "effects"), "alt": alt}


def effects_figure(lines: Sequence[GroupLine]) -> Any:
    """A dot and interval a group, filled where a change is flagged; diamonds, ticks and crosses beside it."""
    import plotly.graph_objects as go

    figure, rows = go.Figure(), {line.name: len(lines) - at for at, line in enumerate(lines)}
    for line in lines:
        for interval, beside, width in ((line.effect, 0.0, 3), (line.given_label, -BESIDE, 1.5)):
            if interval is not None:
                figure.add_scatter(
                    x=[interval.low, interval.high],
                    y=[rows[line.name] + beside] * 2,
                    mode="lines",
                    line={"color": line.colour, "width": width},
                    hoverinfo="skip",
                    showlegend=False,
                )
    for name, symbol, size, beside, points in _marks(lines):
        colours = [OTHER_COLOUR if symbol == "x-thin" else line.colour for line, _ in points]
        figure.add_scatter(
            x=[value for _, value in points],
            y=[rows[line.name] + beside for line, _ in points],
            mode="markers",
            name=name,
            text=[line.name for line, _ in points],
            hovertemplate="%{text}: %{x:+.2f}",
            marker={
                "symbol": [_symbol(symbol, line) for line, _ in points],
                "size": size,
                "color": colours,
                "line": {"width": 2, "color": colours},
            },
        )
    crowded = any(line.given_label or line.by_run or line.control for line in lines)
    figure.update_layout(
        **_layout(130 + (34 if crowded else 26) * len(lines)),
        xaxis={"title": "effect (ΔR² less the shared change)", "zeroline": True, "range": _span(lines)},
        yaxis={"tickvals": list(rows.values()), "ticktext": list(rows), "automargin": True, "zeroline": False},
    )
    figure.update_yaxes(range=[0.3, len(lines) + 0.7])
    return figure


def _span(lines: Sequence[GroupLine]) -> list[float]:
    """Both ends of the axis: all intervals, and a little beyond."""
    intervals = [one for line in lines for one in (line.effect, line.given_label) if one is not None]
    single = [value for line in lines for value in (*line.by_run, line.control.value if line.control else 0.0)]
    low, high = min(single + [one.low for one in intervals]), max(single + [one.high for one in intervals])
    beyond = 0.03 * (high - low)
    return [low - beyond, high + beyond]


def _marks(lines: Sequence[GroupLine]) -> list[tuple[str, str, int, float, list[tuple[GroupLine, float]]]]:
    """Name, symbol, size, place beside the row and points of every kind of mark there is."""
    kinds = [
        ("mean over runs" if any(line.by_run for line in lines) else "effect", "circle", 11, 0.0, "effect"),
        ("given the label", "diamond-open", 8, -BESIDE, "given_label"),
        ("each run alone", "line-ns", 9, 0.0, "by_run"),
        ("controls (shuffled labels)", "x-thin", 7, BESIDE, "control"),
    ]
    found = []
    for name, symbol, size, beside, field in kinds:
        points = []
        for line in lines:
            value = getattr(line, field)
            values = value if isinstance(value, tuple) else () if value is None else (value.value,)
            points += [(line, one) for one in values]
        if points:
            found.append((name, symbol, size, beside, points))
    return found


def _symbol(symbol: str, line: GroupLine) -> str:
    return "circle-open" if symbol == "circle" and line.flag not in FLAGGED else symbol


def dumbbell_chart(rows: pd.DataFrame, name: str, colours: Mapping[str, str]) -> dict[str, str]:
    """A pre (hollow) to ft (filled) dumbbell chart of (name, modality, pre, ft, change)."""
    alt = "; ".join(
        f"{row['name']}: {number(row['pre'])} to {number(row['ft'])} ({signed(row['change'])})"
        for row in rows[::-1].to_dict("records")
    )
    alt = f"The paper's held-out R² before and after fine-tuning. {alt}."
    return {"html": _html(dumbbell(rows, colours), name), "alt": alt}


def dumbbell(rows: pd.DataFrame, of_modality: Mapping[str, str]) -> Any:
    """Held-out R2 pre -> ft, one line a row of (name, modality, pre, ft), in the colour of its modality."""
    import plotly.graph_objects as go

    colours = [of_modality.get(modality, OTHER_COLOUR) for modality in rows["modality"]]
    figure = go.Figure()
    for row, colour in zip(rows.itertuples(index=False), colours, strict=True):
        ends = {"x": [row.pre, row.ft], "y": [row.name, row.name]}
        figure.add_scatter(**ends, mode="lines", line={"color": colour, "width": 2}, hoverinfo="skip", showlegend=False)
    hollow = {"symbol": "circle-open", "size": 10, "color": colours, "line": {"width": 2}}
    filled = {"symbol": "circle", "size": 10, "color": colours}
    figure.add_scatter(x=rows["pre"], y=rows["name"], mode="markers", name="pre-trained", marker=hollow)
    figure.add_scatter(x=rows["ft"], y=rows["name"], mode="markers", name="fine-tuned", marker=filled)
    figure.update_layout(
        **_layout(110 + 26 * len(rows)),
        xaxis={"title": "the paper's held-out R²", "zeroline": True},
        yaxis={"automargin": True},
    )
    return figure


def _layout(height: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 10, "r": 10, "t": 40, "b": 50},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    }


def _html(figure: Any, name: str) -> str:
    html: str = figure.to_html(full_html=False, include_plotlyjs=False, config=PLOTLY_CONFIG, div_id=f"chart-{name}")
    return html

"""Change drawn as pre (hollow) to ft (filled) on one axis, the interval of its effect as a thin line below."""

from collections.abc import Callable, Sequence

import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.dumbbell_words import Level, alt, groups_title
from frontend.charts.flag_marks import marks
from frontend.charts.pair import Pair, pair_frame
from frontend.charts.row_name import row_name
from frontend.charts.style import Chart
from frontend.text import numbers, trust_words
from frontend.text.escape import escape_html
from frontend.text.trust_words import TrustWords

ROW = 30
FEATURE_ROW = 46
BELOW = 0.27
"""How far under its row an interval is drawn, in rows."""
STABLE = 0.02
"""Importances that moved by less than this share of the largest one are drawn grey."""

PAPERS = "the paper's held-out R²"
KINDS = (
    (style.STRONGER, "up"),
    (style.WEAKER, "down"),
    (style.KEPT, "kept"),
    (style.LABEL_BORNE, "label-borne"),
    (style.UNCHANGED, "little change"),
)

Drawn = Callable[[float], float]


def groups_dumbbell(
    pairs: Sequence[Pair],
    what: str,
    made_of: str,
    dark: bool,
    floor: float | None = None,
    words: TrustWords = trust_words.PLAIN,
) -> Chart:
    """R² of every group before and after, sorted by change; `floor` (of the trust block) brings intervals and flags."""
    figure = _figure(pairs, dark, style.MARGIN, numbers.r2, style.clipped, floor, words)
    figure.update_yaxes(
        tickvals=list(range(len(pairs))), ticktext=[escape_html(pair.label) for pair in pairs], showgrid=False
    )
    figure.update_xaxes(title_text=PAPERS if floor is None else words.r2)
    key = _legend(dark, pairs, floor, words)
    top = 36 if floor is None else max(94, 26 + 17 * (1 + str(key["text"]).count("<br>")))
    figure.update_layout(height=56 + top + ROW * len(pairs), margin={"t": top}, annotations=[key])
    if floor is None:
        read = (
            f"the mean held-out R² of its features with the paper's decoders, largest gain first. Changes of "
            f"{style.MARGIN} or less are faded; what is below zero in both stages is faded and last. The paper's table "
            "has no intervals."
        )
    else:
        labelled = any(pair.given is not None for pair in pairs)
        given = " Hollow diamond: where it would be given the label." if labelled else ""
        read = (
            f"the mean {words.r2} of its features, largest effect first. The number is the effect: the change "
            "beyond what all features share. Its 95 % interval is the thin line; where it spares the tick, the group "
            f"moved unlike the others.{given} Not flagged: faded. Dashed: control floor {numbers.r2(floor)}."
        )
    return Chart(
        figure,
        groups_title(pairs, floor, words),
        f"Each row is one {what}: {read} {made_of}",
        alt(pairs, PAPERS[:1].upper() + PAPERS[1:] if floor is None else words.r2, numbers.r2, words),
        "groups",
        pair_frame(pairs),
    )


def features_dumbbell(pairs: Sequence[Pair], chosen: str | None, made_of: str, dark: bool) -> Chart:
    """Importance of single features before and after; the name stands above its own row, so that it fits a phone."""
    largest = max((max(pair.pre, pair.ft) for pair in pairs), default=0.0)
    figure = _figure(pairs, dark, STABLE * largest, numbers.importance, _as_it_is, None, trust_words.PLAIN)
    figure.update_yaxes(showticklabels=False, showgrid=False)
    figure.update_xaxes(title_text="importance I (norm of the decoder's weights)")
    figure.update_layout(
        height=90 + FEATURE_ROW * len(pairs),
        annotations=[
            _legend(dark, pairs, None, trust_words.PLAIN),
            *(_name(row, pair, chosen, dark) for row, pair in enumerate(pairs)),
        ],
    )
    return Chart(
        figure,
        "Importance before and after",
        "Hollow: before fine-tuning; filled: after. Click a point to open the feature. I is a weight norm: read it "
        f"beside the paper's held-out R². {made_of}",
        alt(pairs, "Importance", numbers.importance, trust_words.PLAIN),
        "shifts",
        pair_frame(pairs),
    )


def _as_it_is(value: float) -> float:
    return value


def _figure(
    pairs: Sequence[Pair],
    dark: bool,
    margin: float,
    level: Level,
    drawn: Drawn,
    floor: float | None,
    words: TrustWords,
) -> go.Figure:
    figure = go.Figure(layout={"template": style.template(dark)})
    for colour, name in KINDS:
        rows = [(row, pair) for row, pair in enumerate(pairs) if pair.colour(margin) == colour]
        if rows:
            _add_rows(figure, rows, colour, name, dark, level, drawn, words)
    if floor is not None:
        figure.add_vline(x=floor, line={"color": style.ink(dark), "width": 1.2, "dash": "dash"}, opacity=0.7)
    figure.update_yaxes(range=[len(pairs) - 0.3, -0.8], zeroline=False)
    figure.update_xaxes(range=_range_with_room(pairs, drawn, floor))
    figure.update_layout(
        hovermode="closest", showlegend=False, margin={"r": 44, "t": 36 if floor is None else 94, "b": 60}
    )  # fmt: skip
    return figure


def _add_rows(
    figure: go.Figure,
    rows: Sequence[tuple[int, Pair]],
    colour: str,
    name: str,
    dark: bool,
    level: Level,
    drawn: Drawn,
    words: TrustWords,
) -> None:
    opacity = style.FADED if name == "little change" else 1.0
    figure.add_scatter(
        x=[value for _, pair in rows for value in (drawn(pair.pre), drawn(pair.ft), None)],
        y=[value for row, _ in rows for value in (row, row, None)],
        mode="lines", line={"color": colour, "width": 2.5}, opacity=opacity, hoverinfo="skip",
    )  # fmt: skip
    _add_whiskers(figure, rows, colour, opacity, dark)
    hover = [_hover(pair, level, words) for _, pair in rows]
    for stage in ("pre", "ft"):
        values = [getattr(pair, stage) for _, pair in rows]
        figure.add_scatter(
            x=[drawn(value) for value in values], y=[row for row, _ in rows],
            mode="markers", name=f"{stage} {name}", opacity=opacity, text=hover, hoverinfo="text",
            customdata=[pair.key for _, pair in rows],
            marker={
                "size": 11, "symbol": ["circle" if drawn(value) == value else "triangle-left" for value in values],
                "color": style.paper(dark) if stage == "pre" else colour, "line": {"color": colour, "width": 2.5},
            },
        )  # fmt: skip
    figure.add_scatter(
        x=[max(drawn(pair.pre), drawn(pair.ft)) for _, pair in rows], y=[row for row, _ in rows], mode="text",
        text=[f"   {_written_change(pair, level)}" for _, pair in rows], textposition="middle right",
        hoverinfo="skip", textfont={"size": 12, "color": style.ink(dark)}, cliponaxis=False,
    )  # fmt: skip


def _add_whiskers(figure: go.Figure, rows: Sequence[tuple[int, Pair]], colour: str, opacity: float, dark: bool) -> None:
    sure = [(row, ends, pair.expected) for row, pair in rows if (ends := pair.whisker) is not None]
    if not sure:
        return
    figure.add_scatter(
        x=[value for _, ends, _ in sure for value in (*ends, None)],
        y=[value for row, _, _ in sure for value in (row + BELOW, row + BELOW, None)],
        mode="lines", name="interval", line={"color": colour, "width": 1.4}, opacity=max(opacity, 0.6),
        hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=[expected for _, _, expected in sure], y=[row + BELOW for row, _, _ in sure],
        mode="markers", name="shared change", opacity=max(opacity, 0.6), hoverinfo="skip",
        marker={"symbol": "line-ns-open", "size": 7, "color": style.ink(dark), "line": {"width": 1.4}},
    )  # fmt: skip
    labelled = [
        (row, pair.expected + pair.given) for row, pair in rows if pair.expected is not None and pair.given is not None
    ]
    if labelled:
        figure.add_scatter(
            x=[x for _, x in labelled], y=[row + BELOW for row, _ in labelled], mode="markers", name="given the label",
            opacity=max(opacity, 0.8), hoverinfo="skip",
            marker={"symbol": "diamond", "size": 8, "color": style.paper(dark),
                    "line": {"width": 1.6, "color": style.LABEL_BORNE}},
        )  # fmt: skip


def _written_change(pair: Pair, level: Level) -> str:
    if level is numbers.importance:
        return numbers.importance_change(pair.pre, pair.ft)
    mark = style.FLAG_MARK.get(pair.flag or "", "")
    return f"{mark} {numbers.change(pair.change)}".strip()


def _hover(pair: Pair, level: Level, words: TrustWords) -> str:
    lines = [escape_html(pair.label), f"pre {level(pair.pre)} → ft {level(pair.ft)}"]
    if pair.flag is None:
        lines[1] += f" ({_written_change(pair, level)})"
    else:
        lines += [words.flag(pair.flag), f"effect {numbers.effect(pair.effect, pair.low, pair.high)}"]
        lines += [] if pair.given is None else [f"given the label {numbers.change(pair.given)}"]
    return "<br>".join([*lines, *([pair.note] if pair.note else [])])


def _range_with_room(pairs: Sequence[Pair], drawn: Drawn, floor: float | None) -> list[float]:
    """The axis with room for the written change right of the last marker."""
    ends = [drawn(value) for pair in pairs for value in (pair.pre, pair.ft, *(pair.whisker or ()))]
    ends += [] if floor is None else [floor]
    if style.LOWEST in ends:
        ends.append(0.0)
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    span = high - low or 1.0
    return [low - 0.05 * span, high + 0.1 * span]


def _legend(dark: bool, pairs: Sequence[Pair], floor: float | None, words: TrustWords) -> dict[str, object]:
    text = "○ before   ● after fine-tuning"
    if floor is not None:
        given = ["◇ given the label"] if any(pair.given is not None for pair in pairs) else []
        drawn = ["─ 95 % interval", "| shared change", "┊ floor", *given]
        told = [*marks((pair.flag for pair in pairs), words)]
        lines = [part[at : at + 2] for part in (told, drawn) for at in range(0, len(part), 2)]  # they fit a phone
        text = "<br>".join([text, *("   ".join(line) for line in lines)])
    elif any(min(pair.pre, pair.ft) < style.LOWEST for pair in pairs):
        text += f"   ◁ below {numbers.count(int(style.LOWEST))}"
    return {
        "x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
        "text": text, "align": "left", "font": {"size": 12, "color": style.ink(dark)},
    }  # fmt: skip


def _name(row: int, pair: Pair, chosen: str | None, dark: bool) -> dict[str, object]:
    text = row_name(pair.label)
    return {
        "x": 0, "xref": "paper", "xanchor": "left", "y": row, "yshift": 15, "showarrow": False,
        "text": f"<b>{text}</b>" if pair.key == chosen else text, "font": {"size": 11, "color": style.ink(dark)},
        "bgcolor": style.paper(dark), "borderpad": 0,
    }  # fmt: skip

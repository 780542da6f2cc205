"""Class by modality as a heat map: R² before, after, or the change; the paper's, or the trust block's with flags."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.flag_marks import marks_read
from frontend.charts.style import Chart
from frontend.text import labels, numbers, trust_words
from frontend.text.escape import escape_html
from frontend.text.trust_words import TrustWords
from shared import schemas as s

Measure = Literal["pre", "ft", "change"]
CLASSES = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
BELOW_ZERO = "below 0"
NAMES: dict[Measure, str] = {
    "pre": "R² before fine-tuning",
    "ft": "R² after fine-tuning",
    "change": "change of R²",
}


def heat_map(
    groups: Sequence[s.GroupRow],
    modalities: Sequence[str],
    measure: Measure,
    made_of: str,
    dark: bool,
    trusted: bool = False,
    words: TrustWords = trust_words.PLAIN,
) -> Chart:
    """Mean R² of each modality and class; pre and ft share one colour range, so they can be compared."""
    cells = {row.group: _cell(row, trusted) for row in groups if row.grouping == "modality_class"}
    others = sorted({group.rpartition("_")[2] for group in cells} - set(CLASSES))  # of other software
    classes = [name for name in (*CLASSES, *others) if any(f"{modality}_{name}" in cells for modality in modalities)]
    values = [[_coloured(cells.get(f"{modality}_{name}"), measure) for modality in modalities] for name in classes]
    low, high = _range(list(cells.values()), measure)
    figure = go.Figure(
        go.Heatmap(
            z=[[_painted(cells.get(f"{modality}_{name}"), measure) for modality in modalities] for name in classes],
            x=[escape_html(modality) for modality in modalities],
            y=[labels.feature_class(name) for name in classes],
            zmin=low, zmax=high, xgap=3, ygap=3,
            colorscale=style.diverging(dark) if measure == "change" else "Viridis",
            colorbar={"title": {"text": _scale(measure, trusted)}, "thickness": 12, "outlinewidth": 0},
            customdata=[[f"{modality}_{name}" for modality in modalities] for name in classes],
            hovertext=[[_hover(cells.get(f"{modality}_{name}"), words) for modality in modalities] for name in classes],
            hoverinfo="text",
        )
    )  # fmt: skip
    figure.update_layout(
        annotations=[
            {
                "x": escape_html(modality), "y": labels.feature_class(name), "showarrow": False,
                "text": _written(cells.get(f"{modality}_{name}"), value, measure),
                "font": {"size": 13, "color": _text_colour(value, low, high, measure, dark)},
            }
            for name, row in zip(classes, values, strict=True)
            for modality, value in zip(modalities, row, strict=True)
        ]
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False, ticklabelstandoff=6)
    figure.update_xaxes(side="top", showgrid=False)
    figure.update_layout(template=style.template(dark), height=80 + 52 * len(classes))
    kind = words.r2 if trusted else "held-out R² (paper's decoders)"
    of = "mean"
    if measure == "change":
        of = "the effect, the change beyond what all features share, of the" if trusted else "the change of the mean"
    read = f"{marks_read([cell.flag for cell in cells.values()], words)} No mark: not flagged. " if trusted else ""
    if any(note.text == BELOW_ZERO for note in figure.layout.annotations):
        read += "Below 0: in both stages, so its change says nothing. "
    caption = f"Each cell: {of} {kind} of the features of a class (row) in a modality (column). {read}{made_of}"
    return Chart(
        figure, _title(cells, measure, words), caption, _alt(cells, measure, words), f"groups-{measure}", _frame(cells)
    )


@dataclass(frozen=True, slots=True)
class _Cell:
    """The numbers of one cell; `flag` is there where the trust block leads."""

    group: str
    n_features: int
    pre: float | None
    ft: float | None
    change: float | None
    interval: tuple[float | None, float | None] = (None, None)
    flag: s.Flag | None = None


def _cell(row: s.GroupRow, trusted: bool) -> _Cell:
    if trusted:
        pre, ft = row.trust_r2_pre, row.trust_r2_ft
        return _Cell(row.group, row.n_features, pre, ft, row.effect, (row.ci_low, row.ci_high), row.flag)
    change = None if row.r2_pre is None or row.r2_ft is None else row.r2_ft - row.r2_pre
    return _Cell(row.group, row.n_features, row.r2_pre, row.r2_ft, change)


def _frame(cells: dict[str, _Cell]) -> pd.DataFrame:
    frame = pd.DataFrame(
        [(c.group, c.n_features, c.pre, c.ft, c.change, *c.interval, c.flag) for c in cells.values()],
        columns=["group", "n_features", "r2_pre", "r2_ft", "change", "ci_low", "ci_high", "flag"],
    )
    return frame.dropna(axis=1, how="all")


def _value(cell: _Cell | None, measure: Measure) -> float | None:
    return None if cell is None else getattr(cell, measure)


def _coloured(cell: _Cell | None, measure: Measure) -> float | None:
    """The value behind a cell's colour; none for a change that says nothing, which a flag would say as well."""
    if cell is not None and measure == "change" and cell.flag is None and not style.says_something(cell.pre, cell.ft):
        return None
    return _value(cell, measure)


def _painted(cell: _Cell | None, measure: Measure) -> float | None:
    """What the colour map is given: the ground's own 0 where a change says nothing.

    A map of which no cell has a value has no places for the words in its cells either.
    """
    value = _coloured(cell, measure)
    return 0.0 if value is None and _value(cell, measure) is not None else value


def _scale(measure: Measure, trusted: bool) -> str:
    if measure != "change":
        return "R²"
    return "effect" if trusted else "ΔR²"


def _written(cell: _Cell | None, value: float | None, measure: Measure) -> str:
    if cell is not None and value is None and _value(cell, measure) is not None:
        return BELOW_ZERO
    text = numbers.change(value) if measure == "change" else numbers.r2(value)
    mark = "" if cell is None else style.FLAG_MARK.get(cell.flag or "", "")
    return f"{mark} {text}".strip()


def _told(cell: _Cell, measure: Measure) -> str:
    value = _coloured(cell, measure)
    if value is None and _value(cell, measure) is not None:
        return f"{BELOW_ZERO} in both stages"
    return numbers.change(value) if measure == "change" else numbers.r2(value)


def _range(cells: Sequence[_Cell], measure: Measure) -> tuple[float, float]:
    """Colours end at R² -1 and changes of 1, so that one very low value does not use up the colour range."""
    if measure == "change":
        widest = max((abs(value) for cell in cells if (value := _coloured(cell, measure)) is not None), default=0.0)
        widest = min(max(widest, 2 * style.MARGIN), -style.LOWEST)
        return -widest, widest
    values = [style.clipped(value) for cell in cells for value in (cell.pre, cell.ft) if value is not None]
    return (min(values), max(values)) if values else (0.0, 1.0)


def _text_colour(value: float | None, low: float, high: float, measure: Measure, dark: bool) -> str:
    """Black or white, whichever stands out more; viridis is dark below."""
    if value is None:
        return style.ink(dark)
    place = min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5
    if measure == "change":
        return style.standing_out(style.diverging_at(place, dark))
    return style.DARK_TEXT if place > 0.55 else style.LIGHT_TEXT


def _hover(cell: _Cell | None, words: TrustWords) -> str:
    if cell is None:
        return "no features"
    change = numbers.effect(cell.change, *cell.interval)
    return (
        f"{escape_html(labels.group('modality_class', cell.group))}, {cell.n_features} features<br>"
        f"pre {numbers.r2(cell.pre)} → ft {numbers.r2(cell.ft)}"
        + (f" ({change})" if cell.flag is None else f"<br>{words.flag(cell.flag)}, effect {change}")
    )


def _extreme(cells: dict[str, _Cell], measure: Measure) -> tuple[str, float] | None:
    known = [(group, value) for group, cell in cells.items() if (value := _coloured(cell, measure)) is not None]
    if not known:
        return None
    return max(known, key=lambda item: abs(item[1]) if measure == "change" else item[1])


def _title(cells: dict[str, _Cell], measure: Measure, words: TrustWords) -> str:
    if not any(_value(cell, measure) is not None for cell in cells.values()):
        return "No group could be scored"
    found = _extreme(cells, measure)
    if found is None or not any(style.says_something(cell.pre, cell.ft) for cell in cells.values()):
        return "No group can be decoded on held-out patients"
    group = labels.group("modality_class", found[0])
    if measure == "change" and cells[found[0]].flag is not None:
        return _flags_title(cells, words)
    if measure == "change":
        return f"{group} changed most ({numbers.change(found[1])})"
    when = "before" if measure == "pre" else "after"
    if found[1] <= 0:
        return f"No group can be decoded {when} fine-tuning"
    return f"{group} is decoded best {when} fine-tuning (R² {numbers.r2(found[1])})"


def _flags_title(cells: dict[str, _Cell], words: TrustWords) -> str:
    flagged = {group: cell for group, cell in cells.items() if cell.flag in style.FLAG_COLOUR}
    found = _extreme(flagged, "change")
    if found is None and all(cell.flag in (None, "too_few") for cell in cells.values()):
        return "No group is flagged: there are too few patients"
    if found is None:
        return "No group is flagged: none changed beyond chance and the margin"
    group, effect = found
    flag = words.flag(cells[group].flag)
    return f"{labels.group('modality_class', group)} moved most: {flag} ({numbers.change(effect)})"


def _alt(cells: dict[str, _Cell], measure: Measure, words: TrustWords) -> str:
    sentence = ", ".join(
        f"{labels.group('modality_class', group)} {_told(cell, measure)}"
        + (f" ({words.flag(cell.flag)})" if cell.flag else "")
        for group, cell in cells.items()
    )
    return f"Heat map of {NAMES[measure]} by class and modality: {sentence}."

"""The cohort on the maps of both embeddings: side by side, or on one plane with a line from before to after."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import labels, numbers
from frontend.text.escape import escape_html
from shared import schemas as s

Kind = tuple[str, str, str]
"""Name, colour and symbol of the studies drawn alike."""
CATEGORIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
UNKNOWN: Kind = ("unknown", style.UNCHANGED, "x-thin-open")
THIRDS = ("low", "middle", "high")
LITTLE = 0.3
"""Share of the variance below which places on a map say hardly anything."""


def colourings(found: s.EmbeddingMap) -> dict[str, Callable[[s.MappedStudy], Kind]]:
    """What studies can be coloured by: only what is known and differs."""
    offered: dict[str, Callable[[s.MappedStudy], Kind]] = {}
    studies = found.studies
    scores = sorted({study.pirads for study in studies if study.pirads is not None})
    if len(scores) > 1:
        offered["PI-RADS"] = _ordered({score: f"PI-RADS {score}" for score in scores}, lambda study: study.pirads)
    if len({study.lesion_ml for study in studies if study.lesion_ml is not None}) > 1:
        offered["Lesion"] = _of({True: "lesion", False: "no lesion"}, _has_lesion)
    for label, field, unit in (("Gland volume", "volume_ml", "mL"),):
        values = pd.Series([getattr(study, field) for study in studies], dtype=float).dropna()
        if values.nunique() > len(THIRDS):
            offered[label] = _thirds(values, field, unit)
    offered["Neighbours kept"] = _kept(found)
    for label, field in (("Centre", "center"), ("Split", "split")):
        names = sorted({str(value) for study in studies if (value := getattr(study, field))})
        if 1 < len(names) <= len(CATEGORIES):
            offered[label] = _of({name: name for name in names}, _reader(field))
    return offered


def cohort_map(
    found: s.EmbeddingMap,
    kind_of: Callable[[s.MappedStudy], Kind],
    chosen: Sequence[str],
    together: bool,
    made_of: str,
    dark: bool,
    protocol: s.Protocol,
) -> Chart:
    """Both maps in units of the cloud's radius; `chosen` case ids stand out in both, the others fade."""
    kinds: dict[Kind, list[s.MappedStudy]] = {}
    for study in found.studies:
        kinds.setdefault(kind_of(study), []).append(study)
    in_order = sorted(kinds.items(), key=lambda item: item[0][0])
    panels = {"pre": (1, 1), "ft": (1, 1 if together else 2)}
    figure = _panels(found, together)
    if together:
        _add_links(figure, found.studies, chosen)
    for kind, studies in in_order:
        for stage, (row, col) in panels.items():
            figure.add_trace(
                _marks(kind, studies, stage, together, chosen, found.neighbours, len(found.studies), dark),
                row=row,
                col=col,
            )
    reach = 1.08 * max(
        (abs(v) for study in found.studies for v in (study.pre_x, study.pre_y, study.ft_x, study.ft_y)), default=1.0
    )
    figure.update_xaxes(range=[-reach, reach], zeroline=False, title_text="component 1", title_font_size=12)
    figure.update_yaxes(range=[-reach, reach], zeroline=False, scaleanchor="x")
    figure.update_yaxes(title_text="component 2", title_font_size=12, col=1)
    figure.update_layout(
        template=style.template(dark), height=600, margin={"t": 90},
        legend={"y": 1.09, "font": {"size": 12}}, hovermode="closest",
    )  # fmt: skip
    return Chart(figure, _title(found), _caption(together, made_of), _alt(protocol, found), "cohort-map", _frame(found))


def moved(study: s.MappedStudy) -> float:
    """How far a study moved on the map, in radii of the cloud."""
    return float(((study.ft_x - study.pre_x) ** 2 + (study.ft_y - study.pre_y) ** 2) ** 0.5)


def _panels(found: s.EmbeddingMap, together: bool) -> go.Figure:
    shown = [f"{round(100 * share)} % of the variance" for share in (found.shown_pre, found.shown_ft)]
    if together:
        return make_subplots(cols=1, rows=1)
    titles = [f"before<br>{shown[0]}", f"after<br>{shown[1]}"]  # on two lines, as a phone has little room
    figure = make_subplots(cols=2, rows=1, shared_yaxes=True, horizontal_spacing=0.03, subplot_titles=titles)
    return figure.update_annotations(font_size=12)


def _add_links(figure: go.Figure, studies: Sequence[s.MappedStudy], chosen: Sequence[str]) -> None:
    linked = [study for study in studies if not chosen or study.case_id in chosen]
    figure.add_scatter(
        x=[x for study in linked for x in (study.pre_x, study.ft_x, None)],
        y=[y for study in linked for y in (study.pre_y, study.ft_y, None)],
        mode="lines", line={"color": style.UNCHANGED, "width": 1}, opacity=0.5, hoverinfo="skip", showlegend=False,
    )  # fmt: skip


def _marks(
    kind: Kind,
    studies: Sequence[s.MappedStudy],
    stage: str,
    together: bool,
    chosen: Sequence[str],
    neighbours: int,
    crowd: int,
    dark: bool,
) -> go.Scatter:
    name, colour, symbol = kind
    hollow = together and stage == "pre"
    size = 10 if crowd <= 100 else 8 if crowd <= 300 else 6
    edge = colour if hollow or symbol.endswith("open") else style.paper(dark)
    strength = [1.0 if not chosen or study.case_id in chosen else 0.15 for study in studies]
    return go.Scatter(
        x=[getattr(study, f"{stage}_x") for study in studies], y=[getattr(study, f"{stage}_y") for study in studies],
        mode="markers", name=escape_html(name), legendgroup=name, showlegend=stage == "ft",
        customdata=[study.case_id for study in studies], hoverinfo="text",
        hovertext=[
            f"study {escape_html(study.study_id)}, {escape_html(name)}<br>"
            f"{study.kept} of {neighbours} nearest kept, moved {numbers.r2(moved(study))}"
            for study in studies
        ],
        selected={"marker": {"opacity": 1.0}}, unselected={"marker": {"opacity": 0.15}},
        marker={
            "size": size - 2 if hollow else size, "symbol": symbol, "color": style.paper(dark) if hollow else colour,
            "opacity": strength, "line": {"width": 1.5 if hollow else 0.8, "color": edge},
        },
    )  # fmt: skip


def _of(names: dict[Any, str], read: Callable[[s.MappedStudy], Any]) -> Callable[[s.MappedStudy], Kind]:
    kinds = {
        value: (name, colour, symbol)
        for (value, name), colour, symbol in zip(names.items(), CATEGORIES, SYMBOLS, strict=False)
    }
    return lambda study: kinds.get(read(study), UNKNOWN)


def _ordered(names: dict[Any, str], read: Callable[[s.MappedStudy], Any]) -> Callable[[s.MappedStudy], Kind]:
    """Steps of viridis for values with an order, without both ends: one is lost on white, the other on black."""
    places = [0.15 + 0.7 * k / max(1, len(names) - 1) for k in range(len(names))]
    kinds = {
        value: (name, colour, SYMBOLS[k % len(SYMBOLS)])
        for k, ((value, name), colour) in enumerate(
            zip(names.items(), sample_colorscale("Viridis", places), strict=True)
        )
    }
    return lambda study: kinds.get(read(study), UNKNOWN)


def _thirds(values: pd.Series, field: str, unit: str) -> Callable[[s.MappedStudy], Kind]:
    low, high = (float(values.quantile(share)) for share in (1 / 3, 2 / 3))
    names = {0: f"below {low:.0f} {unit}", 1: f"{low:.0f} to {high:.0f} {unit}", 2: f"above {high:.0f} {unit}"}

    def third(study: s.MappedStudy) -> int | None:
        value = getattr(study, field)
        return None if value is None else 0 if value < low else 1 if value <= high else 2

    return _ordered(names, third)


def _kept(found: s.EmbeddingMap) -> Callable[[s.MappedStudy], Kind]:
    names = {0: "1 – lost most neighbours", 1: "2 – lost some", 2: "3 – kept most"}

    def share(study: s.MappedStudy) -> int:
        kept = study.kept / found.neighbours
        return 0 if kept < 1 / 3 else 1 if kept < 2 / 3 else 2

    return _ordered(names, share)


def _has_lesion(study: s.MappedStudy) -> bool | None:
    return None if study.lesion_ml is None else study.lesion_ml > 0


def _reader(field: str) -> Callable[[s.MappedStudy], str | None]:
    return lambda study: getattr(study, field)


def _title(found: s.EmbeddingMap) -> str:
    if max(found.shown_pre, found.shown_ft) < LITTLE:
        shown = " and ".join(f"{round(100 * share)} %" for share in (found.shown_pre, found.shown_ft))
        return f"A map holds {shown} of the variance: too little to read distances, so read the neighbours"
    lost = max(found.studies, key=lambda study: (-study.kept, moved(study)))
    return (
        f"Study {lost.study_id} kept the fewest neighbours: {lost.kept} of {found.neighbours}"
        if lost.kept < found.neighbours
        else "Every study kept all its neighbours"
    )


def _caption(together: bool, made_of: str) -> str:
    read = "Hollow: before; filled: after; the line joins a study. " if together else ""
    return (
        f"{read}First two principal components of each embedding, in radii of its own cloud; the map after fine-tuning "
        "is turned or mirrored to lie closest to the one before, because axes have no direction. Distances on a map "
        f"show only part of the whole: neighbours are counted in the full embedding. {made_of}"
    )


def _alt(protocol: s.Protocol, found: s.EmbeddingMap) -> str:
    far = sorted(found.studies, key=lambda study: -moved(study))[:3]
    text = ", ".join(f"{study.study_id} by {numbers.r2(moved(study))}" for study in far)
    return (
        f"Two scatter maps of {len(found.studies)} studies for {labels.task(protocol, found.task)}, before and after "
        f"fine-tuning, showing {round(100 * found.shown_pre)} and {round(100 * found.shown_ft)} % of the variance. "
        f"Moved furthest, in radii of the cloud: {text}."
    )


def _frame(found: s.EmbeddingMap) -> pd.DataFrame:
    return pd.DataFrame([study.model_dump() for study in found.studies])

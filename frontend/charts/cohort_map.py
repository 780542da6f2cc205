"""The cohort on the maps of both embeddings: side by side, or on one plane with a line from before to after."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from frontend.charts import style
from frontend.charts.map_colours import Colouring, Kind, scale, unknown
from frontend.charts.style import Chart
from frontend.text import labels, numbers
from frontend.text.escape import escape_html
from shared import schemas as s

LITTLE = 0.3
"""Share of the variance below which places on a map say hardly anything."""
MOST_DRAWN = 2000
"""Studies that a browser draws, twice each, within a second."""
IN_GREY = "Grey crosses: the value is not known. "


def cohort_map(
    found: s.EmbeddingMap,
    colouring: Colouring,
    chosen: Sequence[str],
    together: bool,
    made_of: str,
    dark: bool,
    protocol: s.Protocol,
) -> Chart:
    """Both maps in units of the cloud's radius; `chosen` case ids stand out in both, the others fade."""
    panels = {"pre": (1, 1), "ft": (1, 1 if together else 2)}
    figure, marked = _panels(found, together), set(chosen)
    places = drawn(found.studies, marked)
    studies, shown = [found.studies[at] for at in places], colouring.of(places)
    if together:
        _add_links(figure, studies, marked)
    for group in _groups(studies, shown):
        for stage, (row, col) in panels.items():
            figure.add_trace(
                _marks(group, stage, together, marked, found.neighbours, len(studies), dark), row=row, col=col
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
    if colouring.values:
        figure.update_layout(coloraxis=_scale_bar(colouring, dark), height=680, margin={"t": 90, "b": 120})
    return Chart(
        figure,
        _title(found),
        _caption(together, colouring, made_of, len(studies), len(found.studies)),
        _alt(protocol, found),
        "cohort-map",
        _frame(found),
    )


def drawn(studies: Sequence[s.MappedStudy], chosen: Collection[str]) -> list[int]:
    """Places of the studies that are drawn: of very many those at even distances; of chosen ones as many as fit."""
    if len(studies) <= MOST_DRAWN:
        return list(range(len(studies)))
    first = _even([at for at, study in enumerate(studies) if study.case_id in chosen], MOST_DRAWN)
    others = _even([at for at, study in enumerate(studies) if study.case_id not in chosen], MOST_DRAWN - len(first))
    return sorted([*first, *others])


def _even(places: Sequence[int], most: int) -> list[int]:
    return list(places) if len(places) <= most else [places[at * len(places) // most] for at in range(most)]


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


def _add_links(figure: go.Figure, studies: Sequence[s.MappedStudy], chosen: Collection[str]) -> None:
    linked = [study for study in studies if not chosen or study.case_id in chosen]
    figure.add_scatter(
        x=[x for study in linked for x in (study.pre_x, study.ft_x, None)],
        y=[y for study in linked for y in (study.pre_y, study.ft_y, None)],
        mode="lines", line={"color": style.UNCHANGED, "width": 1}, opacity=0.5, hoverinfo="skip", showlegend=False,
    )  # fmt: skip


@dataclass(frozen=True)
class _Group:
    """Studies that are one entry of the legend; with `values` each has its place on the scale."""

    kind: Kind
    studies: Sequence[s.MappedStudy]
    values: Sequence[float] = ()


def _groups(studies: Sequence[s.MappedStudy], colouring: Colouring) -> list[_Group]:
    """Those of one kind together, in the order of the classes; what is unknown comes first, and so lies below."""
    if colouring.values:
        pairs = list(zip(studies, colouring.values, strict=True))
        known = [(study, value) for study, value in pairs if value is not None]
        found = [_Group(("known", "", "circle"), [study for study, _ in known], [value for _, value in known])]
    else:
        kinds: dict[Kind, list[s.MappedStudy]] = {}
        for study, kind in zip(studies, colouring.kinds, strict=True):
            if kind is not None:
                kinds.setdefault(kind, []).append(study)
        found = [
            _Group(kind, alike) for kind, alike in sorted(kinds.items(), key=lambda item: _place(item[0], colouring))
        ]
    lacking = [study for study, one in zip(studies, colouring.kinds or colouring.values, strict=True) if one is None]
    return [*([_Group(unknown(colouring), lacking)] if lacking else []), *found]


def _place(kind: Kind, colouring: Colouring) -> tuple[int, str]:
    name = kind[0]
    return (colouring.order.index(name) if name in colouring.order else len(colouring.order), name)


def _scale_bar(colouring: Colouring, dark: bool) -> dict[str, object]:
    return {
        "colorscale": [[place, style.on_paper(colour, dark)] for place, colour in scale()],
        "colorbar": {
            "title": {"text": escape_html(colouring.label), "side": "bottom"},
            **{"orientation": "h", "x": 0.5, "y": -0.14, "yanchor": "top", "thickness": 12, "len": 0.7},
        },
    }


def _marks(
    group: _Group, stage: str, together: bool, chosen: Collection[str], neighbours: int, crowd: int, dark: bool
) -> go.Scatter:
    (name, colour, symbol), studies, values = group.kind, group.studies, group.values
    colour = style.on_paper(colour, dark) if colour else colour
    hollow = together and stage == "pre"
    size = 10 if crowd <= 100 else 8 if crowd <= 300 else 6
    strength = [1.0 if not chosen or study.case_id in chosen else 0.15 for study in studies]
    named = [f"{value:g}" for value in values] if values else [name] * len(studies)
    marker: dict[str, object] = {
        "size": size - 2 if hollow else size,
        "symbol": f"{symbol}-open" if hollow and values else symbol,
        "opacity": strength,
    }
    if values:
        marker |= {"color": list(values), "coloraxis": "coloraxis", "line": {"width": 1.5 if hollow else 0}}
    else:
        edge = colour if hollow or symbol.endswith("open") else style.paper(dark)
        marker["color"] = style.paper(dark) if hollow else colour
        marker["line"] = {"width": 1.5 if hollow else 0.8, "color": edge}
    return go.Scatter(
        x=[getattr(study, f"{stage}_x") for study in studies], y=[getattr(study, f"{stage}_y") for study in studies],
        mode="markers", name=escape_html(name), legendgroup=name, showlegend=stage == "ft" and not values,
        customdata=[study.case_id for study in studies], hoverinfo="none",
        hovertext=[
            f"study {escape_html(study.study_id)}, {escape_html(words)}<br>"
            f"{study.kept} of {neighbours} nearest kept, moved {numbers.r2(moved(study))}"
            for study, words in zip(studies, named, strict=True)
        ],
        selected={"marker": {"opacity": 1.0}}, unselected={"marker": {"opacity": 0.15}}, marker=marker,
    )  # fmt: skip


def _title(found: s.EmbeddingMap) -> str:
    if max(found.shown_pre, found.shown_ft) < LITTLE:
        shown = " and ".join(f"{round(100 * share)} %" for share in (found.shown_pre, found.shown_ft))
        return f"A map holds {shown} of the variance: too little to read distances, so read the neighbours"
    none = sum(study.kept == 0 for study in found.studies)
    if none > 1:
        return f"{none} of {len(found.studies)} studies kept none of their {found.neighbours} nearest neighbours"
    lost = max(found.studies, key=lambda study: (-study.kept, moved(study)))
    return (
        f"Study {lost.study_id} kept the fewest neighbours: {lost.kept} of {found.neighbours}"
        if lost.kept < found.neighbours
        else "Every study kept all its neighbours"
    )


def _caption(together: bool, colouring: Colouring, made_of: str, n_drawn: int, n: int) -> str:
    unclear = IN_GREY if colouring.missing else ""
    part = (
        f"Drawn are {numbers.count(n_drawn)} of {numbers.count(n)} studies, at even distances in the order of their "
        "ids; numbers and table are of all, and a filter shows those behind. "
        if n_drawn < n
        else ""
    )
    read = "Hollow: before; filled: after; the line joins a study. " if together else ""
    return (
        f"{read}{unclear}{part}First two principal components of each embedding, in radii of its own cloud; the map "
        "after fine-tuning is turned or mirrored to lie closest to the one before, because axes have no direction. "
        f"Distances on a map show only part of the whole: neighbours are counted in the full embedding. {made_of}"
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

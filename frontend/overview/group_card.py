"""The card of the groups: R² before and after as dumbbells, the effect given the label, and every run alone."""

from collections.abc import Sequence

import streamlit as st

from frontend.charts.effect_rows import group_rows
from frontend.charts.pair import group_pairs
from frontend.components import chart_block, figure_downloads, shown_part
from frontend.components.context_bar import Context
from frontend.components.csv_button import csv_button
from frontend.drawn import chart
from frontend.drawn import groups as pictures
from frontend.state import query_parameters
from frontend.text import causes_words, labels
from shared import schemas as s

GROUPINGS = {"Modality × class": "modality_class", "Class": "class", "Modality": "modality"}
TOTAL, GIVEN, RUNS = "Total", "Given the label", "By run"
KEY = "overview-groups"

Views = dict[tuple[str, ...], chart.Picture]


@st.fragment
def show(here: Context, rows: Sequence[s.GroupRow]) -> None:
    """Draws the card; its switches redraw nothing else."""
    views = pictured(here, rows)
    if not views:
        st.info("No group of this choice could be scored. Choose all modalities, or another analysis.")
        return
    kinds = tuple(dict.fromkeys(kind for _, kind in views))
    by = tuple(name for name in GROUPINGS if any(grouping == name for grouping, _ in views))
    switches = [
        chart.Switch(query_parameters.GROUPS_BY, "Groups by", by),
        chart.Switch(query_parameters.EFFECT_VIEW, "Show", kinds),
    ]
    heading = "What each kind of texture did"
    picture = chart.show(KEY, views, switches, dark=chart_block.dark(), heading=heading)
    with st.container(horizontal=True, gap="small", key="take-groups"):
        figure_downloads.row(here.analysis.id, ("effects", "r2") if here.trusted else "r2")
        csv_button(picture, f"groups-{here.analysis.id}", KEY)


def pictured(here: Context, rows: Sequence[s.GroupRow]) -> Views:
    """Every view that the analysis has; the label's share and the runs are known for modality by class."""
    trust = here.detail.trust
    shared = trust is not None and trust.shared_change is not None
    made_of, words = shown_part.made_of(here, list(rows)), here.words
    views: Views = {}
    for name, grouping in GROUPINGS.items():
        pairs = group_pairs(rows, grouping, here.modality, here.trusted)
        if pairs:
            views[name, TOTAL] = pictures.before_after(
                pairs, labels.GROUPINGS[grouping], made_of, here.floor, words, shared
            )
    effects = group_rows(rows, trust, here.modality) if here.trusted else []
    extra: dict[str, chart.Picture] = {}
    if trust is not None and trust.label and any(row.given for row in effects):
        label = causes_words.label_in_words(here.protocol, " and ".join(trust.label))
        extra[GIVEN] = pictures.given_label(effects, label, made_of, words)
    n_runs = trust.runs.n_runs if trust is not None and trust.runs is not None else 1
    if any(len(row.by_run) > 1 or row.control for row in effects):
        extra[RUNS] = pictures.by_run(effects, n_runs, made_of, words)
    return views | {(name, kind): picture for name, _ in list(views) for kind, picture in extra.items()}

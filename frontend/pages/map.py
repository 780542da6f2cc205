"""The page Map: the cohort's studies in both embeddings, before and after fine-tuning."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from frontend.api import analyses, cohorts, connection
from frontend.cases.strip import item
from frontend.charts.cohort_map import cohort_map, drawn, moved
from frontend.charts.map_colours import Colouring, colourings
from frontend.components import chart_block, cohort_filter, context_bar, hover_cards, notices
from frontend.components.context_bar import Context
from frontend.state import query_parameters, session_keys
from frontend.text import labels, numbers
from frontend.text.escape import escape_markdown
from frontend.text.map_words import about, column_words, of_task, told_apart
from shared import schemas as s
from shared.conditions import MOST_CHARACTERS, OneOf, write
from shared.subgroup_words import STUDY

VIEWS = ("Side by side", "On one map")
MOST_ROWS = 1000
SAME, UNRELATED = 0.9, 0.1


def page() -> None:
    """Draws the page."""
    here = context_bar.current()
    if here is None:
        notices.nothing_analysed()
        return
    found = analyses.embedding_map(here.analysis.id)
    st.title("How did the cohort move?")
    with st.container(key="answer"):
        for sentence in answer(here.protocol, found):
            st.markdown(escape_markdown(sentence))
    st.space("small")
    offered = colourings(found, here.protocol)
    chosen = picture(here, found, offered)
    st.space("small")
    table(here, found, chosen)


def answer(protocol: s.Protocol, found: s.EmbeddingMap) -> list[str]:
    """Kept and lost neighbours against chance, and how alike the embeddings are as a whole."""
    kept, chance = (round(100 * share) for share in (found.kept_share, found.chance_share))
    text = (
        f"After fine-tuning for {labels.task_within(protocol, found.task)} a study keeps {kept} % of its "
        f"{found.neighbours} nearest neighbours on average and loses {100 - kept} %; unrelated embeddings would keep "
        f"{chance} %."
    )
    if found.cka_debiased is None:
        return [text]
    alike = (
        "as a whole the two embeddings are nearly the same up to scale and rotation"
        if found.cka_debiased >= SAME
        else "as a whole they are unrelated"
        if found.cka_debiased <= UNRELATED
        else "as a whole they are alike in part"
    )
    return [
        text,
        f"Debiased CKA {numbers.r2(found.cka_debiased)}: {alike}. This says how far patients moved, not which "
        "radiomic content did; see Shifts for that.",
    ]


def picture(here: Context, found: s.EmbeddingMap, offered: dict[str, Colouring]) -> list[str]:
    """The maps, what colours them, a filter and the lasso; the case ids that stand out, [] for all."""
    own = of_task(found.columns, here.protocol, here.analysis.task)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        colour = st.selectbox(
            "Colour by",
            list(offered),
            index=list(offered).index(own) if own in offered else 0,
            key=query_parameters.MAP_COLOUR,
            bind="query-params",
            width=230,
        )
        view = st.segmented_control(
            "View", VIEWS, default=VIEWS[0], required=True, key=query_parameters.MAP_VIEW, bind="query-params"
        )
    chosen = standing_out(found, selected(here), cohort_filter.held(here.analysis.cohort_id))
    chart = cohort_map(
        found,
        offered[colour],
        chosen,
        view == VIEWS[1],
        notices.made_of(here.analysis),
        chart_block.dark(),
        here.protocol,
    )
    chart_block.show(
        chart,
        f"map-{here.analysis.id}-{st.session_state.get(session_keys.MAP_CLEARED, 0)}",
        on_points=partial(choose, here),
    )
    cards(here, found, chosen)
    return chosen


def cards(here: Context, found: s.EmbeddingMap, chosen: Sequence[str]) -> None:
    """Over a point its study's picture, label and how many neighbours it kept."""
    cases = {case.id: case for case in cohorts.cases(here.analysis.cohort_id)}
    items = {}
    for study in (found.studies[at] for at in drawn(found.studies, set(chosen))):
        if (case := cases.get(study.case_id)) is not None:
            kept = f"{study.kept} of {found.neighbours} nearest kept, moved {numbers.r2(moved(study))}"
            items[case.id] = item(case, here.protocol, (), kept)
    hover_cards.show("map-", items, "map-cards")


def standing_out(found: s.EmbeddingMap, lasso: Sequence[str], held: set[str] | None) -> list[str]:
    """Case ids on the map that the lasso and the filter both hold; [] where neither says anything."""
    if held is None:
        return list(lasso)
    kept = held & set(lasso) if lasso else held
    return [study.case_id for study in found.studies if study.case_id in kept]


def selected(here: Context) -> list[str]:
    """Case ids of the lasso, of this analysis only."""
    analysis_id, chosen = st.session_state.get(session_keys.MAP_CHOSEN, ("", []))
    return chosen if analysis_id == here.analysis.id else []


def choose(here: Context, case_ids: list[str]) -> None:
    """Remembers what the lasso holds."""
    st.session_state[session_keys.MAP_CHOSEN] = (here.analysis.id, case_ids)


def clear() -> None:
    """Clear the lasso, in the chart too."""
    st.session_state.pop(session_keys.MAP_CHOSEN, None)
    st.session_state[session_keys.MAP_CLEARED] = st.session_state.get(session_keys.MAP_CLEARED, 0) + 1


def keep_only(studies: Sequence[str]) -> None:
    """Filters the cohort by the lasso, which then has done its work."""
    cohort_filter.keep_only(studies)
    clear()


def table(here: Context, found: s.EmbeddingMap, chosen: Sequence[str]) -> None:
    """The chosen studies, or all; a row leads to its case."""
    wanted = set(chosen)
    studies = [study for study in found.studies if not wanted or study.case_id in wanted]
    studies.sort(key=lambda study: (study.kept, -moved(study)))
    with st.container(horizontal=True, vertical_alignment="center"):
        if chosen:
            st.subheader(f"{numbers.counted(len(studies), 'chosen study', 'chosen studies')}")
            if selected(here):
                st.button("All studies", icon=":material/deselect:", on_click=clear)
                picked_ids = [study.study_id for study in studies]
                keep = numbers.counted(len(studies), "study", "studies")
                st.button(
                    f"Filter to these {keep}", icon=":material/filter_alt:", on_click=keep_only, args=(picked_ids,)
                )
                ways(here, picked_ids)
        else:
            st.subheader(f"All {numbers.counted(len(studies), 'study', 'studies')}")
    if chosen:
        st.markdown(escape_markdown(about(studies, found)))
        if told := told_apart(here.protocol, found, set(chosen)):
            st.markdown(escape_markdown(told))
    frame = table_frame(studies[:MOST_ROWS], found, here.protocol)
    picked = st.dataframe(
        frame,
        hide_index=True,
        height=min(420, 38 + 35 * len(frame)),
        key=f"map-table-{st.session_state.get(session_keys.MAP_CLEARED, 0)}-{len(studies)}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "kept": st.column_config.ProgressColumn(
                "neighbours kept", min_value=0, max_value=found.neighbours, format="%d", color="gray"
            ),
            "moved": st.column_config.NumberColumn(
                "moved", format="%.2f", help="On the map, in radii of the cloud of studies."
            ),
            **{
                column_words(column, here.protocol): st.column_config.NumberColumn(format=digits(column))
                for column in found.columns
                if column.kind == "number"
            },
        },
        alt=f"{numbers.counted(len(frame), 'study', 'studies')} with labels, kept neighbours and how far each moved.",
    )
    st.caption(
        f"Fewest kept neighbours first{only_first(len(studies))}; choose a row to open the case. Draw around points on "
        "the map to choose studies; a double click on the map ends that."
    )
    st.download_button(
        "Map CSV",
        partial(connection.client().csv, f"/analyses/{here.analysis.id}/map"),
        file_name=f"map-{here.analysis.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    rows = picked["selection"]["rows"]
    if rows and rows[0] < len(studies):
        st.switch_page("pages/cases.py", query_params=here.query | {query_parameters.CASE: studies[rows[0]].case_id})


def only_first(n: int) -> str:
    """What the table holds where it does not hold all of `n` studies."""
    return "" if n <= MOST_ROWS else f", the first {numbers.count(MOST_ROWS)} of {numbers.count(n)}"


def digits(column: s.MapColumn) -> str:
    """How a column of numbers is written: whole numbers as such, others with two digits."""
    whole = all(float(value).is_integer() for value in column.values if value is not None)
    return "%d" if whole else "%.2f"


def ways(here: Context, studies: Sequence[str]) -> None:
    """From the lasso to these studies' pictures, and to what shifted in them, where an address can hold them."""
    where = write([OneOf(STUDY, tuple(sorted(studies)))])
    if len(where) > MOST_CHARACTERS:
        return
    query = here.query | {query_parameters.WHERE: where}
    st.page_link("pages/cases.py", label="Their cases", icon=":material/radiology:", query_params=query)
    st.page_link("pages/shifts.py", label="Shifts in them", icon=":material/swap_vert:", query_params=query)


def table_frame(studies: list[s.MappedStudy], found: s.EmbeddingMap, protocol: s.Protocol) -> pd.DataFrame:
    """One row a study; columns nobody has are left out."""
    place = {study.case_id: at for at, study in enumerate(found.studies)}
    rows = [place[study.case_id] for study in studies]
    frame = pd.DataFrame(
        {
            "study": [study.study_id for study in studies],
            "patient": [study.patient_id for study in studies],
            "kept": [study.kept for study in studies],
            "moved": [moved(study) for study in studies],
            **{column_words(column, protocol): [column.values[row] for row in rows] for column in found.columns},
            "split": [study.split or None for study in studies],
        }
    )
    return frame.dropna(axis=1, how="all")


page()

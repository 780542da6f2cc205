"""The page Map: the cohort's studies in both embeddings, before and after fine-tuning."""

from functools import partial

import pandas as pd
import streamlit as st

from frontend.api import analyses, connection
from frontend.charts.cohort_map import cohort_map, colourings, moved
from frontend.components import chart_block, context_bar, notices
from frontend.components.context_bar import Context
from frontend.state import query_parameters, session_keys
from frontend.text import labels, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

VIEWS = ("Side by side", "On one map")
SAME, UNRELATED = 0.9, 0.1
LABELS = {"pirads": "PI-RADS", "volume": "Gland volume", "lesion_seg": "Lesion"}
"""What a task was trained on, as the colouring calls it."""


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
    picture(here, found)
    st.space("small")
    table(here, found)


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


def picture(here: Context, found: s.EmbeddingMap) -> None:
    """The maps, what colours them, and the lasso."""
    offered = colourings(found)
    own = LABELS.get(here.analysis.task, "")
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
    chosen = selected(here)
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


def table(here: Context, found: s.EmbeddingMap) -> None:
    """The chosen studies, or all; a row leads to its case."""
    chosen = set(selected(here))
    studies = [study for study in found.studies if not chosen or study.case_id in chosen]
    studies.sort(key=lambda study: (study.kept, -moved(study)))
    with st.container(horizontal=True, vertical_alignment="center"):
        if chosen:
            st.subheader(f"{numbers.counted(len(studies), 'chosen study', 'chosen studies')}")
            st.button("All studies", icon=":material/deselect:", on_click=clear)
        else:
            st.subheader(f"All {numbers.counted(len(studies), 'study', 'studies')}")
    if chosen:
        st.markdown(escape_markdown(about(studies, found)))
    frame = table_frame(studies)
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
            "gland": st.column_config.NumberColumn("gland, mL", format="%.0f"),
            "lesion": st.column_config.NumberColumn("lesion, mL", format="%.1f"),
        },
        alt=f"{len(frame)} studies with their labels, kept neighbours and how far they moved.",
    )
    st.caption(
        "Fewest kept neighbours first; choose a row to open the case. Draw around points on the map to choose studies; "
        "a double click on the map ends that."
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


def about(studies: list[s.MappedStudy], found: s.EmbeddingMap) -> str:
    """What the chosen studies have in common, beside the whole cohort."""
    kept = sum(study.kept for study in studies) / (len(studies) * found.neighbours)
    text = f"They keep {round(100 * kept)} % of their neighbours (all studies: {round(100 * found.kept_share)} %)."
    scores = pd.Series([study.pirads for study in studies], dtype=float).dropna()
    everyone = pd.Series([study.pirads for study in found.studies], dtype=float).dropna()
    if len(scores) and everyone.nunique() > 1:
        high, of_all = (round(100 * float((values >= 4).mean())) for values in (scores, everyone))
        text += f" PI-RADS 4 or 5 in {high} % of them (all studies: {of_all} %)."
    return text


def table_frame(studies: list[s.MappedStudy]) -> pd.DataFrame:
    """One row a study; columns nobody has are left out."""
    frame = pd.DataFrame(
        {
            "study": [study.study_id for study in studies],
            "patient": [study.patient_id for study in studies],
            "kept": [study.kept for study in studies],
            "moved": [moved(study) for study in studies],
            "PI-RADS": [study.pirads for study in studies],
            "gland": [study.volume_ml for study in studies],
            "lesion": [study.lesion_ml for study in studies],
            "centre": [study.center for study in studies],
            "split": [study.split or None for study in studies],
        }
    )
    return frame.dropna(axis=1, how="all")


page()

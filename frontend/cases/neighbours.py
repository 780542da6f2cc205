"""Nearest neighbours of a case in the embedding, before and after fine-tuning."""

import streamlit as st

from frontend.api import analyses, cohorts
from frontend.components import context_bar
from frontend.state import query_parameters, session_keys
from frontend.text import case_facts, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

SHOWN = 5


def show(case: s.CaseDetail, protocol: s.Protocol) -> None:
    """Two lists side by side; nothing where the analysis in the bar above is of another cohort."""
    here = context_bar.current()
    if here is None or here.analysis.cohort_id != case.cohort_id:
        return
    with st.expander(
        "Most alike in the embedding, before and after", key=session_keys.CASE_NEIGHBOURS, on_change="rerun"
    ) as fold:
        if fold.open:
            lists(case, protocol, here.analysis.id)


def lists(case: s.CaseDetail, protocol: s.Protocol, analysis_id: str) -> None:
    """Nearest first; those in both lists are marked."""
    found = analyses.embedding_map(analysis_id)
    mine = next((study for study in found.studies if study.case_id == case.id), None)
    if mine is None:
        st.markdown("This study was not part of the analysis.")
        return
    known = {each.study_id: each for each in cohorts.cases(case.cohort_id)}
    both = set(mine.near_pre) & set(mine.near_ft)
    before, after = st.columns(2)
    for column, title, near in ((before, "Before", mine.near_pre), (after, "After", mine.near_ft)):
        with column:
            st.markdown(f"**{title}**")
            for study_id in near[:SHOWN]:
                line(study_id, known.get(study_id), protocol, study_id in both)
    looked_at = numbers.counted(found.neighbours, "nearest study", "nearest studies")
    by_chance = numbers.r2(found.chance_share * found.neighbours)
    st.caption(
        f"Of the {looked_at} of other patients {mine.kept} are the same before and after; "
        f"unrelated embeddings would keep {by_chance} on average."
    )


def line(study_id: str, case: s.Case | None, protocol: s.Protocol, in_both: bool) -> None:
    """`11373_1001396, PI-RADS 4, in both` as a link to the case."""
    words = escape_markdown(study_id)
    label = "" if case is None else case_facts.first_label(case, protocol)
    words += f", {escape_markdown(label)}" if label else ""
    words += ", in both" if in_both else ""
    query = kept_query() | {query_parameters.CASE: case.id} if case is not None else {}
    st.page_link("pages/cases.py", label=words, query_params=query, disabled=case is None)


def kept_query() -> dict[str, str]:
    """What stays in the address from case to case."""
    return {
        name: value
        for name, value in st.query_params.to_dict().items()
        if name not in (query_parameters.CASE, query_parameters.SLICE)
    }

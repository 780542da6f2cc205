"""Nearest neighbours of a case in the embedding, before and after fine-tuning, as pictures."""

import streamlit as st

from frontend.api import analyses, cohorts
from frontend.cases.address import go_to
from frontend.cases.strip import item, strip
from frontend.components import context_bar, stars
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

SHOWN = 5


def show(case: s.CaseDetail, protocol: s.Protocol) -> None:
    """Two rows of pictures; nothing where the analysis in the bar above is of another cohort."""
    here = context_bar.current()
    if here is None or here.analysis.cohort_id != case.cohort_id:
        return
    st.subheader("Most alike in the embedding, before and after", anchor=False)
    found = analyses.embedding_map(here.analysis.id)
    mine = next((study for study in found.studies if study.case_id == case.id), None)
    if mine is None:
        st.markdown("This study was not part of the analysis.")
        return
    known = {each.study_id: each for each in cohorts.cases(case.cohort_id)}
    both, starred = set(mine.near_pre) & set(mine.near_ft), stars.cases()
    for column, title, near in zip(st.columns(2), ("Before", "After"), (mine.near_pre, mine.near_ft), strict=True):
        with column:
            st.markdown(f"**{title}**")
            items = [
                item(known[study], protocol, starred, "in both" if study in both else "")
                for study in near[:SHOWN]
                if study in known
            ]
            if wanted := strip(items, None, f"Most alike {title.lower()}", f"near-{title}"):
                go_to(wanted)
                st.rerun()
    looked_at = numbers.counted(found.neighbours, "nearest study", "nearest studies")
    by_chance = numbers.r2(found.chance_share * found.neighbours)
    st.caption(
        escape_markdown(
            f"Nearest first. Of the {looked_at} of other patients {mine.kept} are the same before and after; "
            f"unrelated embeddings would keep {by_chance} on average."
        )
    )

"""What a part of the page says where it has nothing to show, and the way to what it needs."""

import streamlit as st

from frontend.components.context_bar import Context
from frontend.state import query_parameters
from frontend.text.escape import escape_markdown


def analyse_again(here: Context, sentence: str) -> None:
    """A sentence, and a link to the form that analyses this cohort."""
    st.info(escape_markdown(sentence), icon=":material/info:")
    st.page_link(
        "pages/run.py",
        label="Analyse again",
        icon=":material/play_circle:",
        query_params={query_parameters.RUN_STEP: "analyze", query_parameters.COHORT: here.analysis.cohort_id},
    )

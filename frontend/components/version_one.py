"""The notice on analyses of the trust block's first version, and the way to analyse again."""

import streamlit as st

from frontend.components.context_bar import Context
from frontend.state import query_parameters

MEANING = (
    "Its intervals are too wide, its R² is not taken above chance, and it says nothing of the label. Flags it gives "
    "may be missing or due to the label; analyse again to replace them."
)


def notice(here: Context) -> None:
    """The badge, what it means and the way to the form; nothing for an analysis of today's version."""
    if here.detail.trust is None or here.detail.trust.version != 1:
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":gray-badge[:material/history: made by version 1] {MEANING}")
        st.page_link(
            "pages/run.py",
            label="Analyse again",
            icon=":material/replay:",
            query_params={query_parameters.RUN_STEP: "analyze", query_parameters.COHORT: here.analysis.cohort_id},
        )

"""The self-check of an analysis: its measured power and false alarms, or a button that measures them."""

import streamlit as st

from frontend.api import analyses
from frontend.charts.power import power
from frontend.components import chart_block, job_launcher
from frontend.components.context_bar import Context
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

SEEDS = 10


def self_check(here: Context) -> None:
    """Shows the measured power and false alarms, or a button that measures them."""
    if here.detail.trust is None:
        return
    with st.expander("What could this study have seen?", icon=":material/search_insights:", type="compact"):
        found = analyses.power(here.analysis.id)
        if found is None:
            st.markdown(
                "A self-check plants known changes in simulated cohorts of this size and signal, runs the same "
                "analysis on them, and counts what it finds and what it imagines."
            )
            job_launcher.show(
                "Measure it",
                s.SelfCheckParams(analysis_id=here.analysis.id, seeds=SEEDS),
                f"selfcheck {here.analysis.id}",
                ":material/science:",
            )
            return
        st.markdown(escape_markdown(found.sentence))
        chart_block.show(power(found, f"Computed {numbers.day(found.created_at)}.", chart_block.dark()), "power")

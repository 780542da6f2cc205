"""What could a study of this size have seen? The measured answer, or the offer to measure it."""

import streamlit as st

from frontend.api.session import asked, client, key
from frontend.charts.power import power
from frontend.components import chart_block, job_launcher
from frontend.components.context_bar import Context
from frontend.text import numbers
from frontend.text.escape import plain
from shared import schemas as s
from shared.client import Client

SEEDS = 2


def self_check(here: Context) -> None:
    """What could this study have seen? The measured answer, or the offer to measure it."""
    if here.detail.trust is None:
        return
    with st.expander("What could this study have seen?", icon=":material/search_insights:", type="compact"):
        found = power_of(here.analysis.id)
        if found is None:
            st.markdown(
                "A self-check plants known changes in simulated cohorts of this size and signal, runs the same "
                "analysis on them, and counts what it finds and what it imagines."
            )
            job_launcher.offer(
                "Measure it",
                s.SelfCheckParams(analysis_id=here.analysis.id, seeds=SEEDS),
                f"selfcheck {here.analysis.id}",
                ":material/science:",
            )
            return
        st.markdown(plain(found.sentence))
        chart_block.show(power(found, f"Computed {numbers.day(found.created_at)} UTC.", chart_block.dark()), "power")


def power_of(analysis_id: str) -> s.Power | None:
    """The newest self-check of an analysis, or None."""
    return asked(_power, key(), analysis_id, client())


@st.cache_data(ttl=10, max_entries=200, show_spinner=False)
def _power(key: str, analysis_id: str, _client: Client) -> s.Power | None:  # noqa: ARG001 (the cache key)
    return _client.power(analysis_id)

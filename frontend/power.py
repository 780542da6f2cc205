"""What a study of this size can tell: the statement on top, and the self-check that measures it."""

import streamlit as st

from frontend import figure, numbers, offer, session
from frontend.charts.power import power
from frontend.context import Context
from frontend.plain import plain
from shared import schemas as s

SINGLE_FEATURES = 200
"""Patients from which single features can be read; below, groups."""
GROUPS = 40
UNDERPOWERED = "single features cannot be read"
"""How the answer's own sentence says it: where the statement stands on top, that one is not said twice."""
SEEDS = 2


def sentence(n_patients: int) -> str | None:
    """`With 48 patients only groups can be read.`, or None for a cohort that is large enough."""
    if n_patients >= SINGLE_FEATURES:
        return None
    if n_patients < GROUPS:
        return (
            f"With {numbers.counted(n_patients, 'patient')} single features cannot be read, and groups only with care."
        )
    return f"With {numbers.counted(n_patients, 'patient')} only groups can be read."


def statement(here: Context) -> None:
    """Where it applies: what cannot be said at this size."""
    told = sentence(here.analysis.n_patients)
    if told is not None:
        with st.container(border=True, gap="xsmall", key="power-statement"):
            st.markdown(
                f":material/group: **{plain(told)}** Below about {SINGLE_FEATURES} patients a real change of one "
                "feature is mostly missed, so “unchanged” is not evidence of no change."
            )


def self_check(here: Context) -> None:
    """What could this study have seen? The measured answer, or the offer to measure it."""
    if here.detail.trust is None:
        return
    with st.expander("What could this study have seen?", icon=":material/search_insights:", type="compact"):
        found = session.power(here.analysis.id)
        if found is None:
            st.markdown(
                "A self-check plants known changes in simulated cohorts of this size and signal, runs the same "
                "analysis on them, and counts what it finds and what it imagines."
            )
            offer.offer(
                "Measure it",
                s.SelfCheckParams(analysis_id=here.analysis.id, seeds=SEEDS),
                f"selfcheck {here.analysis.id}",
                ":material/science:",
            )
            return
        st.markdown(plain(found.sentence))
        figure.show(power(found, f"Computed {numbers.day(found.created_at)} UTC.", figure.dark()), "power")

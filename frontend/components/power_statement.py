"""Statement on top of a page: whether the cohort is large enough to read single features."""

import streamlit as st

from frontend.components.context_bar import Context
from frontend.text import numbers
from frontend.text.escape import escape_markdown

SINGLE_FEATURES = 200
"""Patients from which single features can be read; below, groups."""
GROUPS = 40
UNDERPOWERED = "single features cannot be read"
"""Words of the answer's own sentence on this; the page leaves that sentence out below the statement."""


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
    """Shows the statement where the cohort is too small to read single features."""
    text = sentence(here.analysis.n_patients)
    if text is not None:
        with st.container(border=True, gap="xsmall", key="power-statement"):
            st.markdown(
                f":material/group: **{escape_markdown(text)}** Below about {SINGLE_FEATURES} patients a real change "
                "of one feature is mostly missed, so “unchanged” is not evidence of no change."
            )

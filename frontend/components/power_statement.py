"""Statement on top of a page: what a cohort of this size can show, measured where the self-check is done."""

import streamlit as st

from frontend.api import analyses
from frontend.components.context_bar import Context
from frontend.text import numbers
from frontend.text.escape import escape_markdown

SINGLE_FEATURES = 200
"""Patients from which single features can be read."""
SHRUNKEN = 80
"""Patients from which a feature is read with its group."""
GROUPS = 40
"""Patients below which nothing is flagged."""
SAID = ("of single features are", "are too few for a verdict; ")
"""Words of the answer's own sentences on this; the page leaves those sentences out below the statement."""


def sentence(n_patients: int) -> str | None:
    """`With 48 patients read groups: ...`, or None for a cohort that is large enough."""
    if n_patients >= SINGLE_FEATURES:
        return None
    patients = numbers.counted(n_patients, "patient")
    if n_patients < GROUPS:
        return f"With {patients} nothing is flagged: {GROUPS} are needed."
    if n_patients < SHRUNKEN:
        return f"With {patients} read groups: changes of single features are mostly missed."
    return f"With {patients} read groups first: many changes of single features are missed."


def statement(here: Context) -> None:
    """Shows the statement where the cohort is small: the measured one, else one by the number of patients.

    It is about flags: where the paper's numbers lead although there are flags, it is left out with them.
    """
    text = sentence(here.analysis.n_patients)
    if text is None or (here.detail.trust is not None and not here.trusted):
        return
    measured = analyses.power(here.analysis.id) if here.analysis.n_patients >= GROUPS else None
    shown = f"{text} What is not flagged may still have changed." if measured is None else measured.sentence
    with st.container(border=True, gap="xsmall", key="power-statement"):
        st.markdown(f":material/group: {escape_markdown(shown)}")

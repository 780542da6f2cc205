"""What is said of a cohort wherever its results or images are shown, such as that they were drawn by a program."""

import streamlit as st

from frontend.api import cohorts
from frontend.text.escape import escape_markdown


def show(cohort_id: str) -> None:
    """The note of the cohort in one quiet line; nothing where it has none."""
    note = next((one.note for one in cohorts.cohorts() if one.id == cohort_id), "")
    if note:
        st.caption(f":material/science: {escape_markdown(note)}")

"""One sentence on top of a page: what a cohort of this size could have seen.

The server measures it in the background for every analysis; until then the sentence goes by the number of patients.
"""

from contextlib import suppress

import streamlit as st

from frontend.api import analyses, connection
from frontend.components.context_bar import Context
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared.client import ApiError

SINGLE_FEATURES = 200
"""Patients from which single features can be read."""
SHRUNKEN = 80
"""Patients from which a feature is read with its group."""
GROUPS = 40
"""Patients below which nothing is flagged."""
SAID = ("of single features are", "are too few for a verdict; ", "read groups; changes of single features")
"""Words of the answer's own sentences on this; the page leaves those sentences out below the statement."""
LOOK_SECONDS = 10.0
"""Time between two looks for a measurement that is still on its way."""


def sentence(n_patients: int) -> str:
    """`With 48 patients read groups: ...`, by the number of patients alone."""
    patients = numbers.counted(n_patients, "patient")
    if n_patients < GROUPS:
        return f"With {patients} nothing is flagged: {GROUPS} are needed. What is not flagged may still have changed."
    if n_patients < SHRUNKEN:
        said = f"With {patients} read groups: changes of single features are mostly missed."
    elif n_patients < SINGLE_FEATURES:
        said = f"With {patients} read groups first: many changes of single features are missed."
    else:
        said = f"With {patients} groups and single features can be read."
    return f"{said} What is not flagged may still have changed."


def statement(here: Context) -> None:
    """Shows the statement; while it is being measured it looks again by itself, and nothing else runs.

    It is about flags: where the paper's numbers lead, it is left out with them.
    """
    if not here.trusted or here.detail.trust is None:
        return
    measured = here.analysis.n_patients < GROUPS or analyses.power(here.analysis.id) is not None
    if not measured:
        _ask_once(here.analysis.id)
    st.fragment(_show, run_every=None if measured else LOOK_SECONDS)(here.analysis.id, here.analysis.n_patients)


def _ask_once(analysis_id: str) -> None:
    """Asks the server for a measurement that an older analysis lacks; nobody waits for it."""
    asked: set[str] = st.session_state.setdefault(session_keys.POWER_ASKED, set())
    if analysis_id not in asked:
        asked.add(analysis_id)
        with suppress(ApiError):  # the sentence by the number of patients stands
            connection.client().ask_for_power(analysis_id)


def _show(analysis_id: str, n_patients: int) -> None:
    found = analyses.power(analysis_id) if n_patients >= GROUPS else None
    with st.container(key="power-statement"):
        st.markdown(
            f":material/search_insights: {escape_markdown(sentence(n_patients) if found is None else found.sentence)}"
        )

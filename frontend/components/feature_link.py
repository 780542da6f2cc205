"""The way from any page to a feature's panel, which stands on the page Shifts beside the ranking."""

from collections.abc import Sequence

import streamlit as st

from frontend.components.context_bar import Context
from frontend.state import query_parameters, session_keys


def choose_row(table: str, features: Sequence[str]) -> None:
    """Notes the feature of the row that was marked in a table; `features` are in the table's order."""
    rows = st.session_state[table]["selection"]["rows"]
    if rows:
        st.session_state[session_keys.FEATURE_CHOSEN] = features[rows[0]]


def follow(here: Context) -> None:
    """Goes to the feature that was just chosen; for one that the address names, offers the way."""
    chosen = st.session_state.pop(session_keys.FEATURE_CHOSEN, None)
    if chosen is not None:
        st.switch_page("pages/shifts.py", query_params=here.query | {query_parameters.FEATURE: chosen})
    named = st.query_params.get(query_parameters.FEATURE)
    if named is not None:
        st.page_link(
            "pages/shifts.py",
            label="The evidence of the feature in this address",
            icon=":material/arrow_forward:",
            query_params=here.query | {query_parameters.FEATURE: named},
        )

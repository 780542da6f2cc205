"""The case in the address of the page."""

import streamlit as st

from frontend.state import query_parameters


def go_to(case_id: str) -> None:
    """Puts a case into the address."""
    st.query_params.pop(query_parameters.SLICE, None)
    st.query_params[query_parameters.CASE] = case_id


def kept_query() -> dict[str, str]:
    """What stays in the address from case to case."""
    return {
        name: value
        for name, value in st.query_params.to_dict().items()
        if name not in (query_parameters.CASE, query_parameters.SLICE)
    }

"""Which project a new cohort goes to, and what the present one is called: only where the user has several."""

import streamlit as st

from frontend.api import projects
from frontend.state import session_keys
from shared import schemas as s


def for_chain(chain: s.JobChain | None) -> s.JobChain | None:
    """The chain with the project that was chosen for its new cohort; asked where the user writes in several."""
    if chain is None or not any(hasattr(step.params, "cohort") for step in chain.steps):
        return chain
    several = {one.id: one.name for one in projects.own() if one.role != "viewer"}
    if len(several) < 2:
        return chain
    chosen = st.selectbox(
        "Project",
        list(several),
        format_func=lambda known: several[known],
        key=session_keys.PROJECT_OF_NEW,
        help="The new cohort is for the members of this project alone.",
    )
    return chain.model_copy(update={"project_id": chosen})


def name_of(project_id: str) -> str | None:
    """The name of a project, for whoever has several; None for everybody else."""
    known = projects.own()
    return next((one.name for one in known if one.id == project_id), None) if len(known) > 1 else None

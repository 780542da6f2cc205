"""The page Used and new: what the task uses, what is new in the embedding, and where the encoder changed."""

import streamlit as st

from frontend.causes import clinical, content, use, where
from frontend.causes.missing import analyse_again
from frontend.components import context_bar, notices


def page() -> None:
    """Draws the page."""
    here = context_bar.current()
    if here is None:
        notices.nothing_analysed()
        return
    st.title("What does the task use, and what is new?")
    trust = here.detail.trust
    if trust is None or trust.version == 1:
        why = "without the trust block" if trust is None else "by an earlier version"
        analyse_again(here, f"This analysis was made {why}, which this page rests on. Analyse again to see it.")
        return
    for part in (use, content, where, clinical):
        part.show(here, trust)
        st.space("small")


page()

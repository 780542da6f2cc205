"""The glossary of the frame: every term of the pages in plain words, with a search."""

import streamlit as st

from frontend.state import session_keys
from frontend.text import glossary
from frontend.text.escape import escape_markdown


def glossary_popover() -> None:
    """A popover that finds a term by its name or by its explanation."""
    with st.popover("Words", icon=":material/menu_book:", type="tertiary", key="rail-words", on_change="rerun") as box:
        if not box.open:
            return
        asked = st.text_input(
            "Find a word", key=session_keys.GLOSSARY_TEXT, placeholder="GLCM, chance, label", live=True
        )
        found = glossary.find(asked or "")
        with st.container(height=420, border=False):
            for term in found:
                st.markdown(f"**{escape_markdown(term.word)}**  \n{escape_markdown(term.short)}")
                if term.long:
                    st.caption(escape_markdown(term.long))
            if not found:
                st.caption("No term like this. The method page of the documentation explains more.")

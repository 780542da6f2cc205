"""One line on the Overview page: how much is used, new and lost, a possible shortcut, and the way to the page on it."""

from collections import Counter

import streamlit as st

from frontend.causes.use import works
from frontend.components.context_bar import Context
from frontend.text import causes_words as words
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s


def line(here: Context) -> None:
    """Draws the line; nothing where the analysis holds none of it."""
    told = [] if here.detail.trust is None else facts(here.detail.trust)
    if not told:
        return
    with st.container(key="causes-line", horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(escape_markdown(begun(" · ".join(told))), width="content")
        st.page_link(
            "pages/causes.py",
            label="What is used, new and lost",
            icon=":material/account_tree:",
            query_params=here.query,
        )


def begun(text: str) -> str:
    """The text with a capital letter."""
    return f"{text[:1].upper()}{text[1:]}"


def facts(trust: s.TrustSummary) -> list[str]:
    """Counts, for the sentences above name them; and a possible shortcut, which no sentence above names."""
    told = []
    if trust.use is not None:
        told.append(used(trust.use))
    if trust.new_content is not None:
        told.append(f"{axes(trust.new_content)} new")
    if trust.lost_content is not None:
        told.append(f"{axes(trust.lost_content)} lost")
    shortcuts = words.possible_shortcuts(trust.clinical)
    if shortcuts:
        told.append(f"{words.listed(shortcuts)} read better than before: a possible shortcut")
    return told


def used(use: s.UseSummary) -> str:
    """How many groups the task uses, or that it cannot be said."""
    if not works(use):
        return "what the task uses cannot be said"
    groups = Counter(one.use for one in use.groups)["used"]
    return f"{numbers.counted(groups, 'group') if groups else 'no group'} used by the task"


def axes(content: s.ContentSummary) -> str:
    """`2 axes`, or `nothing`."""
    return numbers.counted(len(content.axes), "axis", "axes") if content.axes else "nothing"

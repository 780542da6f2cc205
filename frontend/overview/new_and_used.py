"""Two cards beside the groups: whether the task uses what is carried, and what is new in the embedding."""

from collections.abc import Sequence

import streamlit as st

from frontend.causes.use import head, works
from frontend.components import chart_block, figure_downloads
from frontend.components.context_bar import Context
from frontend.drawn import chart
from frontend.drawn.shares import shares
from frontend.text import causes_words as words
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

MOST_GROUPS = 3


def cards(here: Context) -> None:
    """Both cards, and the way to the page on them; nothing where the analysis holds neither."""
    trust = here.detail.trust
    if trust is None or trust.version == 1:
        return
    with st.container(border=True, key="card-used"):
        st.markdown("##### Is it carried, or used?", anchors=False)
        use(here, trust.use)
    with st.container(border=True, key="card-new"):
        new(here, trust.new_content)
    shortcuts = words.possible_shortcuts(trust.clinical)
    if shortcuts:
        told = f"{words.listed(shortcuts)} read better than before: a possible shortcut."
        st.markdown(f":material/warning: {escape_markdown(told)}")
    st.page_link(
        "pages/causes.py",
        label="More on what is used, new and lost",
        icon=":material/account_tree:",
        query_params=here.query,
    )


def use(here: Context, found: s.UseSummary | None) -> None:
    """What the head loses without the groups that it uses most, as a small table and one sentence."""
    if found is None:
        st.markdown(
            "Not asked: this analysis was made without the task's label, so there is no head to ask. *Decodable* alone "
            "does not mean that the task uses it."
        )
        return
    if not works(found):
        st.markdown(escape_markdown(head(here.protocol, found)))
        return
    of_shown = [one for one in found.groups if here.modality is None or one.group.startswith(f"{here.modality}_")]
    lines = rows(of_shown)
    st.markdown("\n".join(["| erased | skill lost without it | by a control |", "|---|---|---|", *lines]))
    used = [one for one in of_shown if one.use == "used"]
    told = (
        f"The task uses what {words.listed([words.group(one.group) for one in used])} measures."
        if used
        else ("No group is shown to be used: carried is all that can be said.")
    )
    st.caption(
        escape_markdown(
            f"{told} The head tells {words.label_in_words(here.protocol, found.label)} with R² "
            f"{numbers.effect(found.head_r2, found.head_low, found.head_high).removeprefix('+')}."
        )
    )


def rows(groups: Sequence[s.GroupUse]) -> list[str]:
    """Lines of the table: the groups whose loss is largest, those that are used first and bold."""
    known = sorted(
        (one for one in groups if one.used is not None), key=lambda one: (one.use != "used", -(one.used or 0))
    )
    told = []
    for one in known[:MOST_GROUPS]:
        name = escape_markdown(words.group(one.group))
        lost = escape_markdown(words.skill_lost(one))
        bold = "**" if one.use == "used" else ""
        told.append(
            f"| {bold}{name}{bold} | {bold}{lost}{bold} | {escape_markdown(words.share(words.within(one.control)))} |"
        )
    return told


@st.fragment
def new(here: Context, found: s.ContentSummary | None) -> None:
    """What is new by what explains it: the label, other radiomics, nothing that was measured."""
    if found is None or not found.axes:
        st.markdown("##### What is new in the embedding", anchors=False)
        why = "It was not measured in this analysis." if found is None else words.as_sentence(found.headline)
        st.markdown(escape_markdown(why))
        return
    picture = shares(found)
    chart.show("overview-new", {(): picture}, dark=chart_block.dark(), heading="What is new in the embedding")
    figure_downloads.row(here.analysis.id, "new-content", "overview")

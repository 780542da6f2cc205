"""What is new in the fine-tuned embedding and what was lost: words, one picture, and the axes."""

import pandas as pd
import streamlit as st

from frontend.causes import axis
from frontend.causes.missing import analyse_again
from frontend.charts.causes.content_shares import content_shares
from frontend.components import chart_block, figure_downloads, notices
from frontend.components.context_bar import Context
from frontend.text import causes_words as words
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

MOST_AXES = 6
HELP = (
    "Part of the fine-tuned embedding follows from the embedding before, study by study. What does not follow is new. "
    "It is sorted into axes: along each, studies lie from one end to the other. An axis gets a name where radiomics, "
    "the label or a clinical column tell where a study lies. What has no name here may be anything that these columns "
    "do not hold."
)


def show(here: Context, trust: s.TrustSummary) -> None:
    """Draws the part."""
    st.subheader("New and lost: what was written, what was wiped?", help=HELP)
    contents = {
        kind: content
        for kind, content in (("new", trust.new_content), ("lost", trust.lost_content))
        if content is not None
    }
    if not contents:
        analyse_again(here, "This analysis was made before new and lost content were measured. Analyse again for it.")
        return
    with st.container(key="answer-new"):
        for kind, content in contents.items():
            st.markdown(f"**{kind.capitalize()}.** {escape_markdown(words.as_sentence(content.headline))}")
    st.caption(escape_markdown(" ".join(extent(kind, content) for kind, content in contents.items())))
    if any(content.axes for content in contents.values()):
        chart = content_shares(contents, notices.made_of(here.analysis), chart_block.dark())
        chart_block.show(chart, "causes-content")
        figure_downloads.row(here.analysis.id, "new-content")
    for kind, content in contents.items():
        axes(here, kind, content)
    if any(content.axes for content in contents.values()):
        with st.expander("All axes as a table", type="compact"):
            st.dataframe(
                frame(here.protocol, contents),
                hide_index=True,
                alt="Every axis of new and lost content with what names it.",
            )


def extent(kind: str, content: s.ContentSummary) -> str:
    """How much of the embedding is new or lost at all, beside what this number of patients leaves open."""
    which, other = ("fine-tuned", "pre-trained") if kind == "new" else ("pre-trained", "fine-tuned")
    told = (
        f"{words.share(content.unpredicted)} of the {which} embedding's variance does not follow from the {other} one "
        f"({words.share(content.own_unpredicted)} of the {other} one does not follow from itself: so much this number "
        "of patients leaves open)"
    )
    return f"{told}; {words.share(content.axes_share)} of that lies along axes." if content.axes else f"{told}."


def axes(here: Context, kind: str, content: s.ContentSummary) -> None:
    """One fold an axis, those with the largest share."""
    if not content.axes:
        st.markdown(f":gray[Nothing is {kind} beyond chance: no axis is common to the patients.]")
        return
    st.markdown(f"###### Axes of what is {kind}", anchors=False)
    for number, one in enumerate(content.axes[:MOST_AXES], start=1):
        axis.show(here, kind, number, one)
    more = len(content.axes) - MOST_AXES
    if more > 0:
        st.caption(f"{numbers.counted(more, 'smaller axis', 'smaller axes')}: see the table.")


def frame(protocol: s.Protocol, contents: dict[str, s.ContentSummary]) -> pd.DataFrame:
    """One row an axis."""
    return pd.DataFrame(
        [
            {
                "content": kind,
                "axis": number,
                "share": words.share(one.share),
                "radiomics": words.share_of_variance(one.radiomics),
                "groups": ", ".join(f"{words.group(part.name)} {numbers.r2(part.value)}" for part in one.groups),
                "features": ", ".join(f"{part.name} {numbers.change(part.value)}" for part in one.features),
                "columns": ", ".join(axis.column_words(protocol, part) for part in one.columns),
                "low end": ", ".join(one.low_end),
                "high end": ", ".join(one.high_end),
            }
            for kind, content in contents.items()
            for number, one in enumerate(content.axes, start=1)
        ]
    )

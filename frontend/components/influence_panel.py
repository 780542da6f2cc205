"""Influence on the page: which patients carry a feature's effect, each a click from the case."""

import streamlit as st

from frontend.charts import influence
from frontend.components import chart_block, notices
from frontend.components.context_bar import Context
from frontend.state import query_parameters
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

LINKED = 5


def panel(here: Context, found: s.FeatureEvidence) -> None:
    """Bars of the patients that carry most, then the way to each of them; nothing where none was kept."""
    if not found.influence or found.row.effect is None:
        return
    chart_block.show(
        influence.influence(found, notices.made_of(here.analysis), chart_block.dark()), "evidence-influence"
    )
    st.markdown(escape_markdown(sentence(found)))
    studies = {point.patient_id: point for point in reversed(found.points)}
    for one in found.influence[:LINKED]:
        link, told = st.columns([2, 3], vertical_alignment="center")
        point = studies.get(one.patient_id)
        if point is not None:
            link.page_link(
                "pages/cases.py",
                label=f"Patient {escape_markdown(one.patient_id)}",
                icon=":material/radiology:" if point.has_images else ":material/table_rows:",
                query_params=here.query
                | {query_parameters.CASE: point.case_id, query_parameters.FEATURE: found.definition.feature},
            )
        told.markdown(escape_markdown(influence.without(found.row.effect, one)))


def sentence(found: s.FeatureEvidence) -> str:
    """How much of the effect the top five hold."""
    share = influence.top_share(found.influence, found.row.effect)
    if share is None or found.row.effect is None:
        return "The effect is zero; no patient carries it."
    left = found.row.effect * (1 - share)
    return (
        f"The {influence.TOP} patients that carry most hold about {round(100 * share)} % of the effect: without them "
        f"it would be about {numbers.change(left)} instead of {numbers.change(found.row.effect)}."
    )

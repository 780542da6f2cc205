"""The page Overview: what fine-tuning changed, in two sentences, three examples and one chart; then the rest."""

from functools import partial
from pathlib import Path

import streamlit as st

from frontend.api import analyses, connection
from frontend.charts.power import power
from frontend.components import (
    chart_block,
    cohort_note,
    context_bar,
    marks,
    notices,
    papers_decoder,
    power_statement,
    trust_summary,
    version_one,
)
from frontend.components.context_bar import Context
from frontend.drawn import chart
from frontend.overview import believe, examples, group_card, new_and_used, null_result, provenance
from frontend.overview.verdict import Verdict, verdict
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

STYLE = Path(__file__).parent.parent / "overview" / "overview.css"
TOO_FEW = "too_few_patients"
"""The alert that the verdict itself says."""


def page() -> None:
    """Draws the page."""
    here = context_bar.current()
    if here is None:
        notices.nothing_analysed()
        return
    chart.style()
    st.html(STYLE)
    groups = analyses.groups(here.analysis.id)
    said = verdict(here, groups)
    pictured = here.detail.extraction is not None  # imported tables have no images
    with st.container(key="first-screen"):
        words, pictures = st.columns([5, 3], gap="large") if pictured else (st.container(), None)
    with words:
        answer(here, said)
    place = None if pictures is None else pictures.empty()
    if said.null:
        null_result.show(here, groups)
    body(here, groups)
    if place is not None:
        examples.draw(here, place)  # last: its pictures come when all words and charts stand


def answer(here: Context, said: Verdict) -> None:
    """The verdict, what could have been seen, of which cohort, what stops a reading, and a star."""
    with st.container(key="answer"):
        if said.badge is not None:
            text, colour = said.badge
            st.markdown(f":{colour}-badge[{escape_markdown(text)}]")
        st.title(escape_markdown(said.first))
        st.markdown(escape_markdown(said.second))
    power_statement.statement(here)
    cohort_note.show(here.analysis.cohort_id)
    notices.alerts([one for one in here.detail.alerts if one.rank == "stop" and one.code != TOO_FEW])
    version_one.notice(here)
    marks.show("overview", s.StarCreate(analysis_id=here.detail.id))


def body(here: Context, groups: list[s.GroupRow]) -> None:
    """The groups with the two cards beside them; then the paper's decoder, cautions, provenance and files."""
    with st.container(key="groups-and-cards"):
        chart, beside = st.columns([5, 3], gap="medium") if here.trusted else (st.container(), None)
    with chart.container(border=True, key="card-groups"):
        group_card.show(here, groups)
    if here.trusted and here.detail.trust is not None:
        if beside is not None:
            with beside:
                new_and_used.cards(here)
        trust_summary.line(here.protocol, here.detail.trust)
        in_full(here)
    st.space("small")
    papers_decoder.show(here)
    st.space("small")
    with st.container(key="believe"):
        caution, of_what = st.columns(2, gap="large")
    with caution:
        st.subheader("Before you believe it")
        of_paper = papers_decoder.doubts(here.detail.alerts)
        believe.show([one for one in here.detail.alerts if one not in of_paper])
        self_check(here)
        if here.detail.trust is not None:
            st.space("small")
            trust_summary.representation(here.detail.trust)
    with of_what:
        st.subheader("Settings and provenance")
        provenance.show(here)
        take_away(here.detail.id, here.detail.ft_encoder.id)


def in_full(here: Context) -> None:
    """Every sentence of the stored answer, which is about all modalities."""
    told = [one for one in here.detail.sentences if not any(words in one for words in power_statement.SAID)]
    if here.modality is None and told:
        with st.expander("The whole answer in words", icon=":material/subject:", type="compact"):
            for sentence in told:
                st.markdown(escape_markdown(sentence))


@st.fragment
def self_check(here: Context) -> None:
    """How what could have been seen was measured: a chart, drawn when its fold is opened; nothing before."""
    found = analyses.power(here.analysis.id) if here.trusted else None
    if found is None:
        return
    with st.expander(
        "How it was measured what could have been seen",
        icon=":material/search_insights:",
        type="compact",
        key="self-check",
        on_change="rerun",
    ) as fold:
        if fold.open:
            chart_block.show(power(found, f"Computed {numbers.day(found.created_at)}.", chart_block.dark()), "power")


def take_away(analysis_id: str, encoder_id: str) -> None:
    """Both tables as CSV and the encoder's card, each read when asked for; the line above the page has the bundle."""
    with st.container(horizontal=True):
        for table, label in (("ranking", "Ranking CSV"), ("groups", "Groups CSV")):
            st.download_button(
                label,
                partial(connection.client().csv, f"/analyses/{analysis_id}/{table}"),
                file_name=f"{table}-{analysis_id}.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
            )
        st.download_button(
            "Model card",
            partial(connection.client().model_card, encoder_id),
            file_name="README.md",
            mime="text/markdown",
            icon=":material/badge:",
            on_click="ignore",
            help="What the fine-tuned encoder is, its scores and what changed, with the head that Hugging Face reads.",
        )


page()

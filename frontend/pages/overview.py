"""The page Overview: the answer of an analysis, its groups, Table 1, cautions and provenance."""

import re
from functools import partial

import pandas as pd
import streamlit as st

from frontend.api import analyses, connection
from frontend.causes import overview_line
from frontend.charts.dumbbell import groups_dumbbell
from frontend.charts.pair import group_pairs
from frontend.components import (
    chart_block,
    context_bar,
    figure_downloads,
    marks,
    notices,
    papers_decoder,
    power_statement,
    self_check,
    shown_part,
    trust_summary,
    version_one,
)
from frontend.components.context_bar import Context
from frontend.components.group_summary import led_answer
from frontend.state import query_parameters
from frontend.text import encoder_labels, labels, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.encoder_facts import seen_words

GROUPINGS = {"Modality × class": "modality_class", "Class": "class", "Modality": "modality"}
HASH = re.compile(r"[0-9a-f]{40,}")


def page() -> None:
    """Draws the page."""
    here = context_bar.current()
    if here is None:
        notices.nothing_analysed()
        return
    detail = here.detail
    st.title(f"What did fine-tuning for {escape_markdown(labels.task_within(here.protocol, detail.task))} change?")
    power_statement.statement(here)
    answer(here)
    marks.show("overview", s.StarCreate(analysis_id=detail.id))
    self_check.self_check(here)
    st.space("small")
    groups(here)
    if here.trusted:
        overview_line.line(here)
    st.space("small")
    papers_decoder.show(here)
    st.space("small")
    with st.container(key="believe"):
        caution, provenance = st.columns(2, gap="large")
    with caution:
        st.subheader("Before you believe it")
        notices.alerts([alert for alert in detail.alerts if alert not in papers_decoder.doubts(detail.alerts)])
        if detail.trust is not None:
            st.space("small")
            trust_summary.representation(detail.trust)
    with provenance:
        st.subheader("Settings and provenance")
        settings(detail)


def answer(here: Context) -> None:
    """The answer in words, and what one can do with it."""
    detail = here.detail
    with st.container(key="answer"):
        for sentence in sentences(here):
            st.markdown(escape_markdown(sentence))
    if here.trusted and detail.trust is not None:
        trust_summary.line(here.protocol, detail.trust)
    version_one.notice(here)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            "Share", type="primary", icon=":material/share:", help="Make a link for a clinician, without an account."
        ):
            st.switch_page("pages/shares.py", query_params={query_parameters.ANALYSIS: detail.id})
        download(detail.id, "ranking", "Ranking CSV")
        download(detail.id, "groups", "Groups CSV")
        me = connection.signed_in()
        if me is not None and me.role != "viewer":
            bundle(detail.id)


def sentences(here: Context) -> list[str]:
    """The stored answer where it is about what is shown, else that of the modality or of the paper's decoder."""
    if here.modality is None and (here.trusted or here.detail.trust is None):
        return [text for text in here.detail.sentences if not any(words in text for words in power_statement.SAID)]
    said = led_answer(here, analyses.groups(here.analysis.id))
    return [said] if here.modality is None else [f"Of {here.modality} alone: {said[:1].lower()}{said[1:]}"]


def download(analysis_id: str, table: str, label: str) -> None:
    """A table of the analysis as CSV, read when asked for."""
    st.download_button(
        label,
        partial(connection.client().csv, f"/analyses/{analysis_id}/{table}"),
        file_name=f"{table}-{analysis_id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def bundle(analysis_id: str) -> None:
    """Everything of the analysis as a zip, made when asked for."""
    st.download_button(
        "Bundle",
        partial(connection.client().bundle, analysis_id),
        file_name=f"{analysis_id}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        help="Tables, report, figures, methods text, and the command that makes the numbers again. Takes some seconds.",
    )


def groups(here: Context) -> None:
    """Groups as pre to ft dumbbells."""
    grouping = st.segmented_control(
        "Groups by",
        list(GROUPINGS),
        default="Modality × class",
        required=True,
        key=query_parameters.GROUPS_BY,
        bind="query-params",
    )
    of_grouping = GROUPINGS[grouping or "Modality × class"]
    rows = analyses.groups(here.analysis.id)
    pairs = group_pairs(rows, of_grouping, here.modality, here.trusted)
    if not pairs:
        st.info("No group of this choice could be scored. Choose all modalities, or another grouping.")
        return
    chart = groups_dumbbell(
        pairs, labels.GROUPINGS[of_grouping], shown_part.made_of(here, rows), chart_block.dark(), here.floor, here.words
    )
    chart_block.show(chart, "overview-groups")
    for name in ("effects", "r2") if here.trusted else ("r2",):
        figure_downloads.row(here.analysis.id, name)


def settings(detail: s.AnalysisDetail) -> None:
    """What was run, on what, with which weights."""
    pre, ft = detail.pre_encoder, detail.ft_encoder
    epoch = "" if ft.epoch is None else f", epoch {ft.epoch}"
    run = f", {words}" if (words := encoder_labels.place(ft)) else ""
    shown = {
        "computed": numbers.day(detail.created_at),
        "cohort": f"{detail.cohort_name}, {notices.made_of(detail)}",
        "pre-trained encoder": f"{pre.name} ({pre.arch}), weights {pre.sha256[:12]}",
        "fine-tuned encoder": f"{ft.name} ({ft.arch}), weights {ft.sha256[:12]}{epoch}{run}",
    }
    shown |= {
        f"input of the {state} encoder": seen
        for state, encoder in (("pre-trained", pre), ("fine-tuned", ft))
        if (seen := seen_words(encoder.settings)) is not None
    }
    shown |= {
        name.replace("_", " "): setting(value)
        for name, value in sorted(detail.settings.items())
        if name != "kind" and not name.endswith("_id")
    }
    frame = pd.DataFrame({"value": [escape_markdown(value) for value in shown.values()]}, index=list(shown))
    st.table(frame, border="horizontal", hide_header=True, alt="Settings and provenance of this analysis.")


def setting(value: object) -> str:
    """A setting as text: yes and no for switches, none for what is not used."""
    if isinstance(value, str) and HASH.fullmatch(value):
        return value[:12]  # one word that would make the table scroll
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == []:
        return "none"
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


page()

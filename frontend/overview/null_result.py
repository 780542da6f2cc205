"""Where nothing was found: what was looked for, what could have been seen, and what would be needed."""

from collections.abc import Sequence

import streamlit as st

from frontend.api import analyses
from frontend.components import power_statement
from frontend.components.context_bar import Context
from frontend.state import query_parameters
from frontend.text import causes_words, labels, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s


def parts(here: Context, groups: Sequence[s.GroupRow]) -> list[tuple[str, str]]:
    """The three parts: heading and text."""
    return [
        ("What was looked for", looked_for(here, groups)),
        ("What could have been seen", could_be_seen(here)),
        ("What would be needed", needed(here.analysis.n_patients)),
    ]


def show(here: Context, groups: Sequence[s.GroupRow]) -> None:
    """Draws the three parts beside each other, and the way to another analysis."""
    with st.container(key="null-result"):
        for column, (heading, text) in zip(st.columns(3, gap="medium"), parts(here, groups), strict=True):
            with column.container(border=True, height="stretch"):
                st.markdown(f"##### {heading}", anchors=False)
                st.markdown(escape_markdown(text))
        with st.container(horizontal=True):
            st.page_link(
                "pages/run.py",
                label="Analyse again, with more patients or runs",
                icon=":material/play_circle:",
                query_params={query_parameters.RUN_STEP: "analyze", query_parameters.COHORT: here.analysis.cohort_id},
            )
            st.page_link(
                "pages/data.py",
                label="See what was left out and why",
                icon=":material/fact_check:",
                query_params={query_parameters.COHORT: here.analysis.cohort_id},
            )


def looked_for(here: Context, groups: Sequence[s.GroupRow]) -> str:
    """How many groups and features, of what, by which rule; and what came nearest."""
    scored = [
        row
        for row in groups
        if row.grouping == "modality_class" and row.effect is not None
        if here.modality is None or row.group.startswith(f"{here.modality}_")
    ]
    images = here.modality or causes_words.listed(here.analysis.modalities)
    features = sum(row.n_features for row in scored)
    text = (
        f"{numbers.counted(len(scored), 'group')} and {numbers.counted(features, 'feature')} "
        f"of {images} in the {here.analysis.roi}, decoded from the embedding before and after with each patient held "
        "out. A change counts where it is larger than 0.03 in R² and beyond chance, corrected for so many groups: an "
        "interval that leaves zero is not enough."
    )
    if not scored:
        return text
    nearest = max(scored, key=lambda row: abs(row.effect or 0.0))
    effect = numbers.effect(nearest.effect, nearest.ci_low, nearest.ci_high)
    return f"{text} The largest effect is that of {labels.group('modality_class', nearest.group)}: {effect}."


def could_be_seen(here: Context) -> str:
    """The measured power, or what the number of patients alone says."""
    if here.analysis.n_patients < power_statement.GROUPS:
        return (
            f"Nothing: below {power_statement.GROUPS} patients chance alone makes effects as large as these, so none "
            "is called a change, however large."
        )
    found = analyses.power(here.analysis.id)
    return power_statement.sentence(here.analysis.n_patients) if found is None else found.sentence


def needed(n_patients: int) -> str:
    """How many patients what can be read needs, and what else helps."""
    steps = (
        (power_statement.GROUPS, "for groups"),
        (power_statement.SHRUNKEN, "for features read with their group"),
        (power_statement.SINGLE_FEATURES, "for single features"),
    )
    more = [f"{n} patients {what}" for n, what in steps if n > n_patients]
    patients = f"At least {causes_words.listed(more)}. " if more else "More patients find smaller changes. "
    return (
        f"{patients}Several runs of one recipe tell what the task did from what one run did by chance. A fine-tuning "
        "that is no better than chance on held-out patients has nothing to show here: look at its score first."
    )

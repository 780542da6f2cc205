"""What an address asks for and is not there: said on the page, with what is shown or offered in its place.

An old link may name an analysis that was deleted, or a region, modality or feature that this one lacks. The address is
then rewritten to what is shown, so what was asked for is remembered until somebody chooses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import streamlit as st

from frontend.api import analyses
from frontend.state import query_parameters, session_keys
from frontend.text.analysis_groups import Family
from frontend.text.escape import escape_markdown
from shared import schemas as s

NEAREST = 3
LIKE = 0.6
"""How alike (difflib's ratio) a feature's name must be to be offered for another."""
SHORT = 60


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that an address names and that is not there."""

    page: str
    sentence: str


def missing_parts(known: Sequence[Family], shown: s.Analysis, family: Family, title: str) -> list[str]:
    """Sentences on the analysis, region and modality of the address that are not there."""
    asked = {name: st.query_params.get(name) for name in ("analysis", "roi", "modality")}
    told = []
    if asked["analysis"] and not any(one.id == asked["analysis"] for each in known for one in each):
        told.append(
            f"The analysis {_named(asked['analysis'])} of this address is not on this server. What is shown is {title}."
        )
    elif asked["roi"] and not any(one.roi == asked["roi"] for one in family):
        there = ", ".join(one.roi for one in family)
        told.append(f"This analysis has no region {_named(asked['roi'])}; it has {there}. {shown.roi} is shown.")
    if asked["modality"] and asked["modality"] not in shown.modalities:
        there = ", ".join(shown.modalities)
        told.append(f"This analysis has no modality {_named(asked['modality'])}; it has {there}. All are shown.")
    return told


def remember(page: str, sentences: Sequence[str]) -> None:
    """Keeps what was not there, for the runs after the address has been rewritten."""
    if sentences:
        st.session_state[session_keys.NOT_HERE] = [Missing(page, sentence) for sentence in sentences]


def forget() -> None:
    """Somebody has chosen: nothing is missing any more."""
    st.session_state.pop(session_keys.NOT_HERE, None)


def notice(page: str) -> None:
    """The sentences that this page owes."""
    kept: list[Missing] = st.session_state.get(session_keys.NOT_HERE, [])
    for one in kept:
        if one.page == page:
            st.warning(escape_markdown(one.sentence), icon=":material/link_off:")


def feature_notice(analysis: s.Analysis) -> bool:
    """Whether the address names a feature that this analysis lacks; then says so and offers those named most alike."""
    asked = st.query_params.get(query_parameters.FEATURE)
    if asked is None:
        return False
    names = analyses.ranking(analysis.id)["feature"].tolist()
    if asked in names:
        return False
    near = get_close_matches(asked, names, NEAREST, LIKE)
    offer = " The nearest names:" if near else " Choose one below."
    with st.container(border=True, key="feature-not-here"):
        st.markdown(
            f":material/link_off: This analysis has no feature {escape_markdown(_named(asked))}.{offer}",
        )
        with st.container(horizontal=True):
            for name in near:
                st.button(escape_markdown(name), key=session_keys.nearest_feature(name), on_click=_open, args=(name,))
            st.button("Close", key=session_keys.FEATURE_NOT_HERE_CLOSED, on_click=_close, icon=":material/close:")
    return True


def _open(feature: str) -> None:
    st.query_params[query_parameters.FEATURE] = feature


def _close() -> None:
    st.query_params.pop(query_parameters.FEATURE, None)


def _named(word: str) -> str:
    return word if len(word) <= SHORT else f"{word[:SHORT]}…"

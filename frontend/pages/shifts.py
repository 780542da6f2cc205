"""The page Shifts: which features gained, lost or stayed, and the patient behind each of them."""

from typing import Any

import streamlit as st

from frontend.api import cohorts, connection
from frontend.charts import style
from frontend.components import context_bar, marks, notices, power_statement, trust_summary, version_one
from frontend.components.context_bar import Context
from frontend.explorer import explorer
from frontend.state import session_keys
from frontend.text import labels
from frontend.text.causes_words import USE, label_in_words
from shared import schemas as s


def page() -> None:
    """Draws the page."""
    here = context_bar.current()
    if here is None:
        notices.nothing_analysed()
        return
    st.title("Which features did it change?", anchor=False)
    with st.container():  # one place however many stand in it, so that the browser keeps the explorer
        power_statement.statement(here)
        version_one.notice(here)
        notices.alerts([alert for alert in here.detail.alerts if alert.code == "other_widths"])
    explorer(data_of(here), session_keys.EXPLORER)
    if here.trusted and here.detail.trust is not None:
        trust_summary.line(here.protocol, here.detail.trust)
    marks.show("shifts", s.StarCreate(analysis_id=here.analysis.id))


def data_of(here: Context) -> dict[str, Any]:
    """The data of the explorer: which analysis, which numbers lead, and the words for them."""
    analysis, trust, words = here.analysis, here.detail.trust, here.words
    me = connection.signed_in()
    return {
        "analysis": analysis.id,
        "n_features": analysis.n_features,
        "n_studies": analysis.n_studies,
        "n_patients": analysis.n_patients,
        "seed": analysis.seed,
        "has_images": any(one.id == analysis.cohort_id and one.kind == "images" for one in cohorts.cohorts()),
        "sort": here.sort,
        "modality": here.modality,
        "switches": {"modality": session_keys.MODALITY_SWITCH, "sort": session_keys.SORT_SWITCH},
        "sorts": {words: name for name, words in labels.SORTS.items()},
        "query": here.query,
        "words": {"flags": dict(words.flags), "meaning": dict(words.meaning), "r2": words.r2, "use": USE},
        "marks": style.FLAG_MARK,
        "colours": style.FLAG_COLOUR | {"unchanged": style.UNCHANGED},
        "classes": labels.CLASSES,
        "trust": None if trust is None else trust_of(here.protocol, trust),
        "me": {"name": me.name if me else "", "role": me.role if me else "viewer"},
    }


def trust_of(protocol: s.Protocol, trust: s.TrustSummary) -> dict[str, Any]:
    """What of the trust block belongs to every feature: its version, the label in words, the controls by group."""
    controls = trust.controls.groups if trust.controls else []
    return {
        "version": trust.version,
        "shared_change": trust.shared_change,
        "labels": [label_in_words(protocol, one) for one in trust.label],
        "controls": {one.group: [one.effect, one.ci_low, one.ci_high] for one in controls},
    }


page()

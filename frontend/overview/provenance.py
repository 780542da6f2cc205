"""Settings and provenance of an analysis in words: what was run, on what, with which weights."""

import re

import pandas as pd
import streamlit as st

from frontend.components import notices
from frontend.components.context_bar import Context
from frontend.text import causes_words, encoder_labels, labels, numbers
from frontend.text.escape import escape_markdown
from shared.encoder_facts import seen_words

HASH = re.compile(r"[0-9a-f]{40,}")
WORDS = {
    "bias": "the paper's projection has a bias",
    "controls": "runs on shuffled labels",
    "further_runs": "further runs of the recipe",
    "l1": "L1 penalty of the paper's decoders",
    "l2": "L2 penalty of the paper's decoders",
    "per_group_share": "a projection of its own for each group",
    "repeats": "repeats of the folds",
    "standardise_x": "embedding dimensions scaled by",
    "sweep": "other numbers of units were tried",
    "theta_on": "studies that the paper's decoders are solved on",
    "trust": "trust block",
    "task": "fine-tuned for",
    "roi": "region",
    "label": "label",
    "covariates": "covariates",
    "hidden": "units of the paper's projection",
    "epochs": "epochs of the paper's projection",
    "folds": "folds of the paper's decoders",
    "seed": "seed",
    "head": "the task's own head was asked",
    "runs": "all runs of the recipe",
    "icc": "repeatability was given",
    "decoders": "further decoders",
    "extraction": "radiomics settings",
}
"""Settings whose name in code is no word."""
VALUES = {
    ("standardise_x", "pre"): "their spread before fine-tuning",
    ("standardise_x", "none"): "not scaled",
    ("theta_on", "train"): "the training side",
    ("theta_on", "all"): "all",
}
COLUMNS = ("label", "covariates")


def show(here: Context) -> None:
    """Draws the table."""
    shown = facts(here)
    frame = pd.DataFrame({"value": [escape_markdown(value) for value in shown.values()]}, index=list(shown))
    st.table(frame, border="horizontal", hide_header=True, alt="Settings and provenance of this analysis.")


def facts(here: Context) -> dict[str, str]:
    """Each fact with its value; columns of the clinical table and targets as the protocol calls them."""
    detail = here.detail
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
    return shown | {
        WORDS.get(name, name.replace("_", " ")): setting(here, name, value)
        for name, value in sorted(detail.settings.items())
        if name != "kind" and not name.endswith("_id")
    }


def setting(here: Context, name: str, value: object) -> str:
    """A setting as text: yes and no for switches, none for what is not used, columns by their names in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == []:
        return "none"
    if name == "task":
        return labels.task(here.protocol, str(value))
    if (name, str(value)) in VALUES:
        return VALUES[name, str(value)]
    values = value if isinstance(value, list) else [value]
    if name in COLUMNS:
        return ", ".join(causes_words.column(here.protocol, str(one)) for one in values)
    if isinstance(value, str) and HASH.fullmatch(value):
        return value[:12]  # one word that would make the table scroll
    return ", ".join(str(one) for one in values)

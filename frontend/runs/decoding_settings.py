"""Settings of an analysis that matter: what decoding is given, folds, runs and controls, seed; the rest below."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from frontend.charts.style import MARGIN
from frontend.runs import drafts
from frontend.runs.form_fields import Incomplete
from frontend.text.escape import escape_markdown

OWN, NO, COLUMNS = "own", "none", "columns"
LABEL = {OWN: "the task's own", NO: "none", COLUMNS: "columns of mine"}
COVARIATES = {OWN: "the centre", NO: "none", COLUMNS: "columns of mine"}
PAPER_HIDDEN, AUTO_HIDDEN = 128, 0
HIDDEN = {"paper": "128, as in the paper", "auto": "by the number of patients", "own": "my own"}
LABEL_HELP = (
    "A fine-tuned embedding carries its label, so features that go with the label are decoded better although no "
    "texture was learned. Effects are shown plain and given the label."
)
COVARIATES_HELP = (
    "Differences between centres or scanners can look like changes of content. What is chosen here is known to every "
    "decoding, before and after."
)


def given(columns: Mapping[str, str], whose: str) -> tuple[list[str] | None, list[str] | None]:
    """Label and covariates: None leaves the choice to the server, an empty list gives none.

    `columns`: name -> words; `whose`: the cohort or the tables they are of, for the sentence where there are none.
    """
    with st.container(horizontal=True, vertical_alignment="top"):
        label = _choice("label", "Label that decoding is given", LABEL, columns, whose, LABEL_HELP)
        covariates = _choice("covariates", "Given to every decoding", COVARIATES, columns, whose, COVARIATES_HELP)
    return label, covariates


def _choice(
    field: str, title: str, choices: dict[str, str], columns: Mapping[str, str], whose: str, explained: str
) -> list[str] | None:
    with st.container(width=400):
        chosen = st.segmented_control(
            title,
            list(choices),
            format_func=choices.__getitem__,
            required=True,
            help=explained,
            key=drafts.key(field, OWN, choices),
        )
        if chosen != COLUMNS:
            return [] if chosen == NO else None
        if not columns:
            raise Incomplete(
                f"There are no clinical columns in {whose}; import a clinical table with it, or choose none."
            )
        names = st.multiselect(
            f"Columns: {title.lower()}",
            list(columns),
            format_func=columns.__getitem__,
            label_visibility="collapsed",
            placeholder="Columns",
            max_selections=8,
            key=drafts.key(f"{field}_columns", [], columns),
        )
        if not names:
            raise Incomplete(f"Choose at least one column for “{title}”, or none.")
        return names


def folds_and_seed() -> dict[str, Any]:
    """Folds, their repeats and the seed."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        folds = st.number_input(
            "Folds", 2, 20, width=110, key=drafts.key("folds", 5),
            help="Of the cross-validated head and of what is new in the embedding.",
        )  # fmt: skip
        repeats = st.number_input(
            "Repeats", 1, 50, width=110, key=drafts.key("repeats", 3), help="How often these folds are drawn anew."
        )
        seed = st.number_input("Seed", 0, None, width=110, key=drafts.key("seed", 0))
        kernel = st.checkbox(
            "A kernel decoder, too",
            help="R² of a decoder that is not linear stands beside the ridge's; flags stay the ridge's.",
            key=drafts.key("kernel", False),
        )
    st.caption(
        escape_markdown(
            f"A change is flagged beyond a margin of {MARGIN} of R² and at q of 0.10 or less; both are fixed, so that "
            "results can be compared."
        )
    )
    return {"folds": folds, "repeats": repeats, "seed": seed, "decoders": ["kernel"] if kernel else []}


def paper_settings() -> dict[str, Any]:
    """The paper's projection: width, epochs, penalties."""
    hidden = hidden_choice()
    epochs = st.number_input("Epochs of the projection", 1, 5000, width=200, key=drafts.key("epochs", 200))
    sweep = st.checkbox(
        "Choose l1 and l2 on validation studies (24 fits)",
        help="Fits the projection once for each pair of penalties and keeps the pair that rebuilds the radiomics "
        "of the validation studies best. Off: l1 = 1e-6 and l2 = 1e-5. H and the seed stay as given either way.",
        key=drafts.key("sweep", False),
    )
    return {"hidden": hidden, "epochs": epochs, "sweep": sweep}


def hidden_choice() -> int:
    """Hidden units of the paper's projection."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Hidden width H",
            list(HIDDEN),
            format_func=HIDDEN.__getitem__,
            required=True,
            help="Of the paper's projection; the trust block does not use it. By the number of patients: a quarter of "
            "the training patients, between 8 and 128, because a wide projection of few patients fits noise.",
            key=drafts.key("hidden_kind", "paper", HIDDEN),
        )
        if chosen == "own":
            return int(st.number_input("Units", 1, 4096, width=150, key=drafts.key("hidden", PAPER_HIDDEN)))
    return AUTO_HIDDEN if chosen == "auto" else PAPER_HIDDEN


def as_words(names: Sequence[str]) -> dict[str, str]:
    """Columns by name, in words where they are known ones."""
    return {name: column_words(name) for name in names}


def column_words(name: str) -> str:
    """`center` as `centre`, `psa` as `PSA (ng/mL)`; a column of the reader's own stays as it is called."""
    return KNOWN.get(name.lower(), name.replace("_", " "))


KNOWN = {
    "center": "centre",
    "pirads": "PI-RADS",
    "lesion_pirads": "PI-RADS",
    "psa": "PSA (ng/mL)",
    "isup": "ISUP grade",
    "case_isup": "ISUP grade",
    "age": "age (years)",
    "patient_age": "age (years)",
    "volume_ml": "gland volume (mL)",
    "prostate_volume": "gland volume (mL)",
    "cspca": "clinically significant cancer",
    "scanner": "scanner",
    "field_t": "field strength (T)",
}


def in_words(sentence: str) -> str:
    """A sentence of a plan with the names of known columns in words, such as `centre` for `center`."""
    return NAMED.sub(lambda found: KNOWN[found[0]].partition(" (")[0], sentence)


NAMED = re.compile(rf"\b(?:{'|'.join(sorted(KNOWN, key=len, reverse=True))})\b(?= \(| is missing| is the same)")

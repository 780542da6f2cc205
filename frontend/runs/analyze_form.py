"""The form that starts an analysis: what is compared, what every decoding is given, runs, the projection."""

from collections.abc import Sequence

import streamlit as st

from frontend.api import cohorts
from frontend.runs.form_fields import (
    Incomplete,
    encoder_choice,
    extraction_choice,
    make,
    regions_of,
    task_and_region,
    tasks_of,
)
from frontend.text import encoder_labels, numbers
from shared import schemas as s

OWN, NO, COLUMNS = "own", "none", "columns"
LABEL = {OWN: "the task's own", NO: "none", COLUMNS: "columns of mine"}
COVARIATES = {OWN: "the centre", NO: "none", COLUMNS: "columns of mine"}
PAPER_HIDDEN, AUTO_HIDDEN = 128, 0
HIDDEN = {"paper": "128, as in the paper", "auto": "by the number of patients", "own": "my own"}


def analyze(cohort: s.Cohort) -> s.JobParams:
    """Fields of an analysis: task, region, encoder, extraction, what is known to every decoding, runs."""
    task, roi = task_and_region(cohort.protocol, tasks_of(cohort), regions_of(cohort))
    of_task = [e for e in cohort.encoders if e.stage == "ft" and e.task == task]
    ft_encoder_id = encoder_choice("Fine-tuned encoder", of_task)
    extraction = extraction_choice(cohort.id, roi)
    trust = not st.checkbox(
        "The paper's decoder only",
        help="Leaves the trust block out: no intervals, no flags, and ΔI alone, which can have the wrong sign.",
    )
    runs = trust and runs_choice(of_task, ft_encoder_id)
    label, covariates = given(cohort) if trust else (None, None)
    with st.expander("Settings of the lens"):
        hidden = hidden_choice()
        with st.container(horizontal=True, vertical_alignment="bottom"):
            epochs = st.number_input("Epochs of the projection", 1, 5000, 200, width=200)
            seed = st.number_input("Seed", 0, None, 0, width=150)
        sweep = st.checkbox(
            "Choose l1 and l2 on validation studies (24 fits)",
            help="Fits the projection once for each pair of penalties and keeps the pair that rebuilds the radiomics "
            "of the validation studies best. Off: l1 = 1e-6 and l2 = 1e-5. H and the seed stay as given either way.",
        )
    return make(
        s.AnalyseParams,
        cohort_id=cohort.id,
        task=task,
        roi=roi,
        ft_encoder_id=ft_encoder_id,
        extraction=extraction,
        trust=trust,
        label=label,
        covariates=covariates,
        runs=runs,
        hidden=hidden,
        epochs=epochs,
        seed=seed,
        sweep=sweep,
    )


def runs_choice(of_task: Sequence[s.Encoder], chosen: str | None) -> bool:
    """Whether all runs of the recipe and its controls are analysed; asked only where there are several."""
    recipe = recipe_of(of_task, chosen)
    return bool(recipe) and st.checkbox(
        recipe_words(recipe),
        True,
        help="One run is one draw: another seed can name other features. All runs together say what the recipe does, "
        "and controls trained on shuffled labels say what training alone does.",
    )


def recipe_of(of_task: Sequence[s.Encoder], chosen: str | None) -> list[s.Encoder]:
    """Runs and controls of the chosen encoder's recipe (of the newest where none is chosen); [] where it is alone."""
    known = encoder_labels.ordered(of_task)
    encoder = next((one for one in known if one.id == chosen), known[0] if known else None)
    if encoder is None or encoder.recipe_id is None:
        return []
    recipe = [one for one in of_task if one.recipe_id == encoder.recipe_id]
    return recipe if len(recipe) > 1 else []


def recipe_words(recipe: Sequence[s.Encoder]) -> str:
    """`All 3 runs of this recipe and 2 controls on shuffled labels`."""
    n_controls = sum(one.control is not None for one in recipe)
    runs = f"All {len(recipe) - n_controls} runs of this recipe"
    return f"{runs} and {numbers.counted(n_controls, 'control')} on shuffled labels" if n_controls else runs


def given(cohort: s.Cohort) -> tuple[list[str] | None, list[str] | None]:
    """Label and covariates: None leaves the choice to the server, an empty list gives none."""
    with st.container(horizontal=True, vertical_alignment="top"):
        label = _columns(
            cohort,
            "Label that decoding is given",
            LABEL,
            "A fine-tuned embedding carries its label, so features that go with the label are decoded better although "
            "no texture was learned. Effects are shown plain and given the label.",
        )
        covariates = _columns(
            cohort,
            "Given to every decoding",
            COVARIATES,
            "Differences between centres or scanners can look like changes of content. What is chosen here is known to "
            "every decoding, before and after.",
        )
    return label, covariates


def _columns(cohort: s.Cohort, title: str, choices: dict[str, str], explained: str) -> list[str] | None:
    with st.container(width=400):
        chosen = st.segmented_control(
            title, list(choices), format_func=choices.__getitem__, default=OWN, required=True, help=explained
        )
        if chosen != COLUMNS:
            return [] if chosen == NO else None
        known = columns_of(cohort)
        if not known:
            raise Incomplete(f"{cohort.name} has no clinical columns; import it with a clinical table, or choose none.")
        names = st.multiselect(
            f"Columns: {title.lower()}", known, label_visibility="collapsed", placeholder="Columns", max_selections=8
        )
        if not names:
            raise Incomplete(f"Choose at least one column for “{title}”, or none.")
        return names


def columns_of(cohort: s.Cohort) -> list[str]:
    """What a decoding can be given: clinical columns that any case has, and volumes of regions as drawn."""
    known = [column.name for column in cohorts.columns(cohort.id) if column.name != "split"]
    drawn = {roi for case in cohorts.cases(cohort.id) for roi in case.volumes_ml}
    return [*known, *(f"{roi}_ml" for roi in cohort.protocol.rois if roi in drawn)]


def hidden_choice() -> int:
    """Hidden units of the paper's projection."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Hidden width H",
            list(HIDDEN),
            format_func=HIDDEN.__getitem__,
            default="paper",
            required=True,
            help="Of the paper's projection; the trust block does not use it. By the number of patients: a quarter of "
            "the training patients, between 8 and 128, because a wide projection of few patients fits noise.",
        )
        if chosen == "own":
            return int(st.number_input("Units", 1, 4096, PAPER_HIDDEN, width=150))
    return AUTO_HIDDEN if chosen == "auto" else PAPER_HIDDEN

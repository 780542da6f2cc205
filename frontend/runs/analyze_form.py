"""The form that starts an analysis: what is compared, what every decoding is given, runs, the projection."""

from collections.abc import Sequence

import streamlit as st

from frontend.api import cohorts
from frontend.runs import decoding_settings, drafts
from frontend.runs.form_fields import (
    encoder_choice,
    extraction_choice,
    make,
    regions_of,
    task_and_region,
    tasks_of,
)
from frontend.text import encoder_labels, numbers
from shared import schemas as s


def analyze(cohort: s.Cohort) -> s.JobParams:
    """Fields of an analysis: task, region, encoder, extraction, what is known to every decoding, runs."""
    task, roi = task_and_region(cohort.protocol, tasks_of(cohort), regions_of(cohort))
    of_task = [e for e in cohort.encoders if e.stage == "ft" and e.task == task]
    ft_encoder_id = encoder_choice("Fine-tuned encoder", of_task)
    extraction = extraction_choice(cohort.id, roi)
    trust = not st.checkbox(
        "The paper's decoder only",
        help="Leaves the trust block out: no intervals, no flags, and ΔI alone, which can have the wrong sign.",
        key=drafts.key("paper_only", False),
    )
    runs = trust and runs_choice(of_task, ft_encoder_id)
    columns = decoding_settings.as_words(columns_of(cohort)) if trust else {}
    label, covariates = decoding_settings.given(columns, cohort.name) if trust else (None, None)
    with st.expander("Settings of the lens"):
        further = decoding_settings.folds_and_seed() | decoding_settings.paper_settings()
        if not trust:
            further["decoders"] = []
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
        **further,
    )


def runs_choice(of_task: Sequence[s.Encoder], chosen: str | None) -> bool:
    """Whether all runs of the recipe and its controls are analysed; asked only where there are several."""
    recipe = recipe_of(of_task, chosen)
    return bool(recipe) and st.checkbox(
        recipe_words(recipe),
        key=drafts.key("runs", True),
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


def columns_of(cohort: s.Cohort) -> list[str]:
    """What a decoding can be given: clinical columns that any case has, and volumes of regions as drawn."""
    known = [column.name for column in cohorts.columns(cohort.id) if column.name != "split"]
    drawn = {roi for case in cohorts.cases(cohort.id) for roi in case.volumes_ml}
    return [*known, *(f"{roi}_ml" for roi in cohort.protocol.rois if roi in drawn)]

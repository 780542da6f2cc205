"""Forms of the Run page for work that reads what is there: embedding with kept encoders, trajectories, comparisons."""

from collections.abc import Sequence

import streamlit as st

from frontend.api import analyses
from frontend.runs import drafts
from frontend.runs.form_fields import Incomplete, encoder_choice, make, regions_of, task_and_region, tasks_of
from frontend.text import labels, numbers
from frontend.text.comparison_text import analysis_labels
from shared import schemas as s

FEWEST, MOST = 2, 6
"""Analyses in one comparison."""
ALONG = {"checkpoints": "the kept epochs of a fine-tuning", "stages": "the stages of the encoder"}
PRE = "pre"


def embed(cohort: s.Cohort) -> s.JobParams:
    """Embeddings with encoders that are there already."""
    st.caption(
        "Trainings and imports embed the cohort by themselves. This adds what they leave out: the averages of each of "
        "the encoder's stages where it has some, and the epochs a fine-tuning kept on its way."
    )
    state = st.selectbox(
        "With the encoder",
        [PRE, *tasks_of(cohort)],
        format_func=lambda name: (
            "before fine-tuning" if name == PRE else f"fine-tuned for {labels.task_within(cohort.protocol, name)}"
        ),
        help="With a fine-tuned encoder the one it came from is embedded too, on the same input.",
        width=320,
        key=drafts.key("task", PRE, [PRE, *tasks_of(cohort)]),
    )
    task = None if state == PRE else state
    encoder_id = encoder_choice("Which one", of_state(cohort.encoders, task))
    checkpoints = False
    if task is not None:
        checkpoints = st.checkbox(
            "Every kept epoch of its training",
            help="Kept epochs are set when a fine-tuning is started.",
            key=drafts.key("checkpoints", True),
        )
    return make(s.EmbedParams, cohort_id=cohort.id, task=task, encoder_id=encoder_id, checkpoints=checkpoints)


def trajectory(cohort: s.Cohort) -> s.JobParams:
    """The trust block along the epochs of a run or along the encoder's stages."""
    task, roi = task_and_region(cohort.protocol, tasks_of(cohort), regions_of(cohort))
    along = st.segmented_control(
        "Along",
        list(ALONG),
        format_func=ALONG.__getitem__,
        required=True,
        key=drafts.key("along", "checkpoints", ALONG),
        help="Epochs tell when during the training a feature came in or went; stages tell how deep in the encoder it "
        "can be read, before and after.",
    )
    ft_encoder_id = encoder_choice("Fine-tuned encoder", of_state(cohort.encoders, task))
    seed = st.number_input("Seed", 0, None, width=120, key=drafts.key("seed", 0))
    st.caption("The result stands on the page Compare, under the analysis of the same task and region.")
    return make(
        s.TrajectoryParams,
        cohort_id=cohort.id,
        task=task,
        roi=roi,
        along=along,
        ft_encoder_id=ft_encoder_id,
        seed=seed,
    )


def compare(cohort: s.Cohort) -> s.JobParams:
    """Two to six analyses of the same cohort."""
    known = [one for one in analyses.analyses() if one.cohort_id == cohort.id]
    if len(known) < FEWEST:
        raise Incomplete(
            f"{cohort.name} has {numbers.counted(len(known), 'analysis', 'analyses')}; a comparison needs two. Analyse "
            "it for another task or region first."
        )
    named = analysis_labels(cohort.protocol, known)
    chosen = st.multiselect(
        "Analyses",
        list(named),
        key=drafts.key("analysis_ids", newest_of_each(known)[:MOST], list(named)),
        format_func=named.__getitem__,
        max_selections=MOST,
        help="Each patient is left out of all of them at once, so that the difference of each effect gets an "
        "interval of its own: two flags that differ are not yet a difference.",
        width=640,
    )
    if len(chosen) < FEWEST:
        raise Incomplete("Choose at least two analyses.")
    return make(s.CompareParams, analysis_ids=chosen)


def newest_of_each(known: Sequence[s.Analysis]) -> list[str]:
    """Ids of the newest analysis of every task and region; `known` comes newest first."""
    found: dict[tuple[str, str], str] = {}
    for one in known:
        found.setdefault((one.task, one.roi), one.id)
    return list(found.values())


def of_state(encoders: Sequence[s.Encoder], task: str | None) -> list[s.Encoder]:
    """Encoders of the state before fine-tuning, or after it for a task."""
    stage = "pre" if task is None else "ft"
    return [one for one in encoders if one.stage == stage and one.task == task]

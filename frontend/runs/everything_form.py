"""Everything on one cohort as a form: encoder and epochs to choose, tasks to tick, the whole chain planned."""

from functools import partial

import streamlit as st

from frontend.api import cohorts
from frontend.runs import drafts, job_forms, launch, pipeline
from frontend.runs.form_fields import Incomplete
from frontend.text import labels
from frontend.text.escape import escape_markdown
from shared import schemas as s

CHAIN_EPOCHS = 20


def everything(cohort: s.Cohort) -> None:
    """Fields, plan and button of the chain."""
    cases = cohorts.cases(cohort.id)
    possible = pipeline.possible_tasks(cohort.protocol, cases)
    tasks = st.pills(
        "Tasks",
        possible,
        selection_mode="multi",
        format_func=partial(labels.task, cohort.protocol),
        key=drafts.key("tasks", possible, possible),
    )
    for sentence in pipeline.left_out(cohort.protocol, cases):
        st.caption(escape_markdown(sentence))
    try:
        pretrain = job_forms.pretrain(cohort)
    except Incomplete as error:
        launch.offer("Start", None, str(error))
        return
    epochs = st.number_input(
        "Epochs of each fine-tuning", 1, 5000, width=220, key=drafts.key("finetune_epochs", CHAIN_EPOCHS)
    )
    assert isinstance(pretrain, s.PretrainParams)
    refusal = pipeline.impossible(cohort, cases) or (None if tasks else "Choose at least one task.")
    if refusal is not None:
        launch.offer("Start", None, refusal)
        return
    chain = pipeline.Chain(cohort, tuple(tasks), pretrain, int(epochs))
    columns = [labels.table_one_column(cohort.protocol, task, roi) for task, roi in chain.analyses]
    st.caption(escape_markdown(f"Fine-tuned by the recipe for small cohorts, then analysed: {', '.join(columns)}."))
    launch.offer("Start", chain.steps, None)

"""Fields that several forms of the Run page share: task and region, encoder and its input, extraction, cohort name."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st
from pydantic import ValidationError

from frontend.api import cohorts, connection
from frontend.api.refusals import answer_or_stop
from frontend.runs import drafts
from frontend.runs.table_roles import free_name
from frontend.text import encoder_labels, labels, numbers
from shared import schemas as s

NEWEST = ""


class Incomplete(Exception):
    """A field is empty or out of range; the text says which, in a sentence."""


def make(kind: Callable[..., s.JobParams], **fields: Any) -> s.JobParams:
    """The request, or `Incomplete` with the first thing that is wrong."""
    try:
        return kind(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]).replace("_", " ") if first["loc"] else "request"
        if first["type"] == "string_too_short":
            raise Incomplete(f"Fill in the {FIELD_WORDS.get(field, field)} first.") from error
        raise Incomplete(f"The {FIELD_WORDS.get(field, field)} cannot be used: {first['msg'].lower()}.") from error


FIELD_WORDS = {
    "cohort": "name of the cohort",
    "path": "folder or file",
    "pre": "table of embeddings before fine-tuning",
    "ft": "table of embeddings after fine-tuning",
    "radiomics": "table of radiomics",
    "rois": "regions",
}


def task_and_region(protocol: s.Protocol, tasks: Sequence[str], regions: Sequence[str]) -> tuple[str, str]:
    """What was learned, and where it is looked for; raises Incomplete where there is nothing to choose from."""
    if not tasks:
        raise Incomplete(
            "Nothing was fine-tuned on this cohort yet, and its protocol names no target; bring a fine-tuned encoder."
        )
    if not regions:
        raise Incomplete("The protocol of this cohort has no region to measure radiomics in, so there is none to read.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        task: str = st.selectbox(
            "Task",
            list(tasks),
            format_func=partial(labels.task, protocol),
            width=260,
            key=drafts.key("task", tasks[0], tasks),
        )
        roi = st.segmented_control(
            "Radiomics measured in", regions, required=True, key=drafts.key("roi", regions[0], regions)
        )
    return task, str(roi)


def regions_of(cohort: s.Cohort) -> list[str]:
    """Regions whose radiomics were extracted or came with tables; before that, all that can be measured."""
    measured = [roi for roi, studies in cohort.extracted.items() if studies]
    known = cohort.protocol.rois
    in_order = [*(roi for roi in known if roi in measured), *sorted(set(measured) - set(known))]
    return in_order or list(known)


def tasks_of(cohort: s.Cohort) -> list[str]:
    """Tasks that were fine-tuned for; before that, the targets of the protocol."""
    known = cohort.protocol.target_names
    in_order = [*(name for name in known if name in cohort.tasks), *sorted(set(cohort.tasks) - set(known))]
    return in_order or list(known)


def cohort_name(example: str) -> str:
    """The box for the name of a new cohort."""
    taken = {one.name for one in cohorts.cohorts() if one.n_cases}
    proposed = free_name(example, taken)
    return st.text_input(
        "Name of the new cohort", max_chars=80, width=420, key=drafts.current().proposed(drafts.COHORT_NAME, proposed)
    ).strip()


def state_label(protocol: s.Protocol, task: str) -> str:
    """What weights are: before or after fine-tuning."""
    return f"fine-tuned for {labels.task_within(protocol, task)}" if task else "pre-trained"


def which_weights() -> dict[str, str | bool]:
    """Which weights of a file that holds several; all empty, they are found."""
    with st.expander("The file holds several sets of weights"):
        st.caption("Leave this empty, unless the import says that several sets fit; it then names them.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            key = st.text_input(
                "Name of the set", max_chars=200, placeholder="teacher", width=240, key=drafts.key("key", ""),
                help="The part of the file that holds the weights; dots between levels, as in ema.shadow.",
            )  # fmt: skip
            prefix = st.text_input(
                "Layers' names begin with", max_chars=200, placeholder="module.backbone.", width=240,
                key=drafts.key("prefix", ""),
                help="What stands before the encoder's own names within that part, and is taken off.",
            )  # fmt: skip
            ema = st.checkbox(
                "Averaged weights (EMA)",
                help="Many trainings also save a running mean of the weights.",
                key=drafts.key("ema", False),
            )
    return {"key": key.strip(), "prefix": prefix.strip(), "ema": ema}


def extraction_choice(cohort_id: str, roi: str | None) -> str | None:
    """Choose an extraction where the region was extracted under several settings; None means the newest."""
    found = [one for one in answer_or_stop(connection.client().radiomics, cohort_id) if one.roi == roi and one.n_ok]
    if len(found) < 2:
        return None
    names = {NEWEST: "the newest"} | {
        one.settings_hash: f"{numbers.counted(one.n_features, 'feature')} of "
        f"{numbers.counted(one.n_ok, 'study', 'studies')}, settings {one.settings_hash[:8]}"
        for one in found
    }
    chosen: str = st.selectbox(
        "Radiomics extracted as",
        list(names),
        format_func=names.__getitem__,
        width=420,
        key=drafts.key("extraction", NEWEST, names),
    )
    return None if chosen == NEWEST else chosen


def encoder_choice(label: str, found: Sequence[s.Encoder]) -> str | None:
    """Choose an encoder where there is more than one, the newest first; None means the newest."""
    if len(found) < 2:
        return None
    names = encoder_labels.choices(found)
    field = label.lower().replace(" ", "_")
    chosen: str = st.selectbox(
        label, list(names), format_func=names.__getitem__, width=420, key=drafts.key(field, next(iter(names)), names)
    )
    return chosen

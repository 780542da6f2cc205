"""The steps of the Run page as forms: each draws its fields, defaults filled, and returns the request they make."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from pydantic import ValidationError

from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.runs import training_form
from frontend.runs.form_fields import (
    INPUTS,
    cohort_name,
    coverage_choice,
    encoder_choice,
    encoder_input,
    orientation_and_zeros,
    pooling,
    state_label,
    which_weights,
)
from frontend.text import labels
from shared import schemas as s

ARCHS = tuple(f"convnextv2-{size}" for size in ("atto", "femto", "pico", "nano", "tiny", "base", "large"))
GRIDS: dict[str, tuple[tuple[int, int, int], tuple[float, float, float]] | tuple[None, None]] = {
    "as usual: 224 × 224 × 24 voxels of 0.5 × 0.5 × 3 mm": (None, None),
    "coarse, to try things: 88 × 88 × 22 of 1 × 1 × 3 mm": ((88, 88, 22), (1.0, 1.0, 3.0)),
}
IDS = {"ask": "stop and ask", "keep": "keep, they identify nobody", "pseudonymise": "replace by pseudonyms"}


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


def ids_decision() -> str:
    """What to do where ids look like names or dates."""
    chosen = st.segmented_control(
        "Where ids look like names or dates", list(IDS), format_func=IDS.__getitem__, default="ask", required=True
    )
    return chosen or "ask"


def synth() -> s.JobParams:
    """Fields of a synthetic cohort of images."""
    name = cohort_name("synthetic-40")
    with st.container(horizontal=True):
        cases = st.number_input("Studies", 1, 2000, 40, width=160)
        seed = st.number_input("Seed", 0, None, 0, width=160)
        grid = st.selectbox("T2 image", list(GRIDS), width=380)
    size, spacing = GRIDS[grid]
    return make(s.SynthParams, cohort=name, cases=cases, seed=seed, size_xyz=size, spacing_xyz_mm=spacing)


SETTINGS = ("As in the paper", "My own file")


def extract(cohort: s.Cohort) -> s.JobParams:
    """Fields of an extraction of radiomics."""
    rois = st.pills("Regions", s.ROIS, default=list(s.ROIS), selection_mode="multi")
    if not rois:
        raise Incomplete("Choose at least one region to measure.")
    own = st.segmented_control("Settings", SETTINGS, default=SETTINGS[0], required=True) == SETTINGS[1]
    settings = _parameter_file() if own else {}
    shape = st.checkbox("Shape features of the region, too")
    return make(s.ExtractParams, cohort_id=cohort.id, rois=rois, shape=shape, **settings)


def _parameter_file() -> dict[str, str]:
    """Name and text of a PyRadiomics parameter file, chosen from the reader's own disk."""
    file = st.file_uploader("PyRadiomics parameter file", type=["yaml", "yml"], max_upload_size=1)
    if file is None:
        raise Incomplete("Choose a parameter file (YAML), or take the paper's settings.")
    try:
        return {"settings": file.name, "yaml": file.getvalue().decode()}
    except UnicodeDecodeError:
        raise Incomplete(f"{file.name} is not text; choose a YAML file.") from None


def import_encoder(cohort: s.Cohort) -> s.JobParams:
    """Fields of an import of weights."""
    path = st.text_input("Weights on the server", placeholder="/data/profound_tiny.pth.tar").strip()
    st.caption("A file of weights, an index of shards, or the folder of an adapter (LoRA); inside an import folder.")
    with st.container(horizontal=True):
        names = answer_or_stop(connection.client().architectures)
        arch = st.selectbox("Architecture", names, names.index("convnextv2-tiny"), width=240)
        size = st.selectbox("What it sees of a case", list(INPUTS), len(INPUTS) - 1, width=440)
        coverage = coverage_choice()
    axes_and_zeros = orientation_and_zeros()
    pooled = pooling()
    with st.container(horizontal=True):
        called = st.text_input("Name (may stay empty)", max_chars=80, width=240).strip()
        state = st.selectbox("State", ["", *s.TASKS], format_func=state_label, width=320)
    which = which_weights()
    parent_id = encoder_choice("Fine-tuned from", [e for e in cohort.encoders if e.stage == "pre"]) if state else None
    return make(
        s.ImportEncoderParams,
        cohort_id=cohort.id,
        path=path,
        arch=arch,
        name=called,
        input=encoder_input(size, coverage, *axes_and_zeros).model_copy(update=pooled),
        task=state or None,
        parent_id=parent_id,
        **which,
    )


def pretrain(cohort: s.Cohort) -> s.JobParams:
    """Fields of a pre-training of a masked autoencoder."""
    with st.container(horizontal=True):
        arch = st.selectbox("Encoder", ARCHS, width=200)
        size = st.selectbox("What it sees of a case", list(INPUTS), width=440)
        coverage = coverage_choice()
    seen = encoder_input(size, coverage, *orientation_and_zeros())
    fields = training_form.pretraining()
    return make(s.PretrainParams, cohort_id=cohort.id, arch=arch, input=seen, **fields)


def finetune(cohort: s.Cohort) -> s.JobParams:
    """Fields of a fine-tuning of a pre-trained encoder for a task."""
    task = st.segmented_control("Task", s.TASKS, format_func=labels.task, default="pirads", required=True)
    encoder_id = encoder_choice("Start from", [e for e in cohort.encoders if e.stage == "pre"])
    fields = training_form.finetuning(task)
    return make(s.FinetuneParams, cohort_id=cohort.id, task=task, encoder_id=encoder_id, **fields)

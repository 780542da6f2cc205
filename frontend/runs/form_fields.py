"""Fields that several forms of the Run page share: task and region, encoder and its input, extraction, cohort name."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.text import encoder_labels, labels
from shared import schemas as s

INPUTS = {
    "small: 16 × 64 × 64 voxels of 4 × 1.5 × 1.5 mm": ((16, 64, 64), (4.0, 1.5, 1.5)),
    "middle: 32 × 112 × 112 voxels of 2 × 1 × 1 mm": ((32, 112, 112), (2.0, 1.0, 1.0)),
    "full, as in the paper: 64 × 224 × 224 voxels of 1 × 0.5 × 0.5 mm": ((64, 224, 224), (1.0, 0.5, 0.5)),
}
COVERAGE: dict[Literal["crop", "sliding"], str] = {
    "crop": "its middle, as ProFound does",
    "sliding": "all of it, window by window",
}
ORIENTATIONS: dict[Literal["LPS", "as_stored"], str] = {"LPS": "left, back, head (LPS)", "as_stored": "as in the file"}
ZEROS = {
    0.0: "only 0 itself",
    1e-5: "also what is below 0.00001 of the usual maximum",
    1e-4: "also what is below 0.0001 of it",
    1e-3: "also what is below 0.001 of it",
}
NEWEST = ""

SLICES = {"mean": "one embedding: their mean", "max": "one embedding: their maximum"}
MODALITIES = {"concatenate": "embeddings side by side", "average": "one embedding: their mean"}


def task_and_region(tasks: Sequence[str]) -> tuple[str, str | None]:
    """What was learned, and where it is looked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        task = st.selectbox("Task", list(tasks), format_func=labels.task, width=260)
        roi = st.segmented_control("Radiomics measured in", s.ROIS, default="gland", required=True)
    return task, roi


def cohort_name(example: str) -> str:
    """The box for the name of a new cohort."""
    return st.text_input("Name of the new cohort", max_chars=80, placeholder=example, width=420).strip()


def state_label(task: str) -> str:
    """What weights are: before or after fine-tuning."""
    return f"fine-tuned for {labels.task(task)}" if task else "pre-trained"


def coverage_choice() -> Literal["crop", "sliding"]:
    """What is embedded of an image that is larger than what the encoder sees."""
    chosen: Literal["crop", "sliding"] = st.selectbox(
        "Of a larger image, embed",
        list(COVERAGE),
        format_func=COVERAGE.__getitem__,
        help="The encoder trains on the middle of each image in either case. All of a larger image is embedded by "
        "windows that overlap by half; the embedding is their mean, and it takes as many times longer as there are "
        "windows. An image that fits gives the same embedding either way.",
        width=300,
    )
    return chosen


def orientation_and_zeros() -> tuple[Literal["LPS", "as_stored"], float]:
    """The axes of the encoder's input, and what counts as zero in it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        orientation = st.segmented_control(
            "Axes of its input",
            list(ORIENTATIONS),
            format_func=ORIENTATIONS.__getitem__,
            default="LPS",
            required=True,
            help="Take the file's own axes for an encoder whose own code never turns images. All studies should then "
            "be stored alike.",
        )
        below = st.selectbox(
            "Values that count as zero",
            list(ZEROS),
            format_func=ZEROS.__getitem__,
            help="The encoder's z-score leaves zeros out. Images that another tool resampled hold tiny values where "
            "zeros were; the quality checks name them.",
            width=420,
        )
    return orientation, below


def encoder_input(
    size: str, coverage: Literal["crop", "sliding"], orientation: Literal["LPS", "as_stored"], zero_below: float
) -> s.EncoderInput:
    """What the encoder sees, from its words."""
    voxels, spacing = INPUTS[size]
    return s.EncoderInput(
        size_zyx=voxels, spacing_zyx_mm=spacing, coverage=coverage, orientation=orientation, zero_below=zero_below
    )


def pooling() -> dict[str, str]:
    """How slices and modalities become one embedding, for encoders that take them one by one."""
    with st.expander("The encoder takes slices or modalities one by one"), st.container(horizontal=True):
        slices = st.selectbox("Slices become", list(SLICES), format_func=SLICES.__getitem__, width=280)
        modalities = st.selectbox("Modalities become", list(MODALITIES), format_func=MODALITIES.__getitem__, width=280)
    return {"slice_pool": slices, "modality_pool": modalities}


def which_weights() -> dict[str, str | bool]:
    """Which weights of a file that holds several; all empty, they are found."""
    with st.expander("The file holds several sets of weights"):
        st.caption("Leave this empty, unless the import says that several sets fit; it then names them.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            key = st.text_input(
                "Name of the set", max_chars=200, placeholder="teacher", width=240,
                help="The part of the file that holds the weights; dots between levels, as in ema.shadow.",
            )  # fmt: skip
            prefix = st.text_input(
                "Layers' names begin with", max_chars=200, placeholder="module.backbone.", width=240,
                help="What stands before the encoder's own names within that part, and is taken off.",
            )  # fmt: skip
            ema = st.checkbox("Averaged weights (EMA)", help="Many trainings also save a running mean of the weights.")
    return {"key": key.strip(), "prefix": prefix.strip(), "ema": ema}


def extraction_choice(cohort_id: str, roi: str | None) -> str | None:
    """Choose an extraction where the region was extracted under several settings; None means the newest."""
    found = [one for one in answer_or_stop(connection.client().radiomics, cohort_id) if one.roi == roi and one.n_ok]
    if len(found) < 2:
        return None
    names = {NEWEST: "the newest"} | {
        one.settings_hash: f"{one.n_features} features of {one.n_ok} studies, settings {one.settings_hash[:8]}"
        for one in found
    }
    chosen: str = st.selectbox("Radiomics extracted as", list(names), format_func=names.__getitem__, width=420)
    return None if chosen == NEWEST else chosen


def encoder_choice(label: str, found: Sequence[s.Encoder]) -> str | None:
    """Choose an encoder where there is more than one, the newest first; None means the newest."""
    if len(found) < 2:
        return None
    names = encoder_labels.choices(found)
    chosen: str = st.selectbox(label, list(names), format_func=names.__getitem__, width=420)
    return chosen

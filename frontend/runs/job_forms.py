"""The steps of the Run page as forms: each draws its fields, defaults filled, and returns the request they make."""

from functools import partial

import streamlit as st

from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.runs import drafts, encoder_inputs, protocol_choice, sources, training_form
from frontend.runs.form_fields import Incomplete, cohort_name, encoder_choice, make, state_label, which_weights
from frontend.runs.text_file import text_file
from frontend.text import labels
from frontend.text.escape import escape_markdown
from frontend.text.target_words import learns
from shared import schemas as s
from shared.protocols.reader import prostate

ARCHS = tuple(f"convnextv2-{size}" for size in ("atto", "femto", "pico", "nano", "tiny", "base", "large"))
DRAWN = (s.PROSTATE, "brain-glioma-mri", "lung-ct")
"""Organs that a synthetic cohort can be of; of a protocol of one's own a made-up organ is drawn."""
GRIDS: dict[str, tuple[tuple[int, int, int], tuple[float, float, float]] | tuple[None, None]] = {
    "as usual: 224 × 224 × 24 voxels of 0.5 × 0.5 × 3 mm": (None, None),
    "coarse, to try things: 88 × 88 × 22 of 1 × 1 × 3 mm": ((88, 88, 22), (1.0, 1.0, 3.0)),
}
AS_USUAL = "as usual for this organ"
IDS = {"ask": "stop and ask", "keep": "keep, they identify nobody", "pseudonymise": "replace by pseudonyms"}


def ids_decision() -> str:
    """What to do where ids look like names or dates."""
    chosen = st.segmented_control(
        "Where ids look like names or dates",
        list(IDS),
        format_func=IDS.__getitem__,
        required=True,
        key=drafts.key("ids", "ask", IDS),
    )
    return chosen or "ask"


def synth() -> s.JobParams:
    """Fields of a synthetic cohort of images."""
    protocol = protocol_choice.protocol_choice(
        "What is drawn",
        DRAWN,
        "For a protocol of your own a made-up organ with its images, regions and targets is drawn.",
    )
    name = cohort_name("synthetic-40")
    with st.container(horizontal=True):
        cases = st.number_input("Studies", 1, 2000, width=160, key=drafts.key("cases", 40))
        seed = st.number_input("Seed", 0, None, width=160, key=drafts.key("seed", 0))
        grids = GRIDS if protocol == prostate() else {AS_USUAL: (None, None)}
        grid = st.selectbox(
            f"{protocol.reference} image", list(grids), width=380, key=drafts.key("grid", next(iter(grids)), grids)
        )
    size, spacing = grids[grid]
    asked = protocol_choice.as_asked(protocol)
    return make(
        s.SynthParams, cohort=name, cases=cases, seed=seed, size_xyz=size, spacing_xyz_mm=spacing, protocol=asked
    )


OWN_SETTINGS, SETTINGS_TEXT = "My own file", "settings_text"
SETTINGS = ("As in the paper", OWN_SETTINGS)


def extract(cohort: s.Cohort) -> s.JobParams:
    """Fields of an extraction of radiomics."""
    known = cohort.protocol.rois
    if not known:
        raise Incomplete(
            f"The protocol {cohort.protocol.name} has no region to measure radiomics in; choose another cohort."
        )
    rois = st.pills("Regions", known, selection_mode="multi", key=drafts.key("rois", list(known), known))
    if not rois:
        raise Incomplete("Choose at least one region to measure.")
    which = st.segmented_control(
        "Settings", SETTINGS, required=True, key=drafts.key("own_settings", SETTINGS[0], SETTINGS)
    )
    own = which == OWN_SETTINGS
    settings = _parameter_file() if own else {}
    shape = st.checkbox("Shape features of the region, too", key=drafts.key("shape", False))
    return make(s.ExtractParams, cohort_id=cohort.id, rois=rois, shape=shape, **settings)


def _parameter_file() -> dict[str, str]:
    """Name and text of a PyRadiomics parameter file, opened from the reader's own disk or typed."""
    name, text = text_file(SETTINGS_TEXT, "PyRadiomics parameter file (YAML)", ".yaml,.yml", "settings.yaml")
    if not text.strip():
        raise Incomplete("Open or paste a parameter file (YAML), or take the paper's settings.")
    return {"settings": name, "yaml": text}


def import_encoder(cohort: s.Cohort) -> s.JobParams:
    """Fields of an import of weights."""
    protocol = cohort.protocol
    path = sources.file_of("checkpoint", "Weights on the server", "path", "/data/profound_tiny.pth.tar")
    st.caption("A file of weights, an index of shards, or the folder of an adapter (LoRA); inside an import folder.")
    with st.container(horizontal=True):
        names = answer_or_stop(connection.client().architectures)
        arch = st.selectbox("Architecture", names, width=240, key=drafts.key("arch", "convnextv2-tiny", names))
        size = encoder_inputs.size_choice(protocol, largest=True)
        coverage = encoder_inputs.coverage_choice()
    one = len(protocol.modality_names) == 1
    seen = encoder_inputs.copies(protocol) if one else encoder_inputs.channels(protocol)
    axes_and_zeros = encoder_inputs.orientation_and_zeros(protocol)
    pooled = encoder_inputs.pooling()
    with st.container(horizontal=True):
        called = st.text_input("Name (may stay empty)", max_chars=80, width=240, key=drafts.key("name", "")).strip()
        state = _state(protocol)
    which = which_weights()
    tuned: dict[str, str | None] = {}
    if state:
        tuned["parent_id"] = encoder_choice("Fine-tuned from", [e for e in cohort.encoders if e.stage == "pre"])
        tuned["head"] = (
            st.text_input(
                "File of its head (may stay empty)",
                max_chars=1000,
                placeholder="/data/head.npz",
                key=drafts.key("head", ""),
                help="The linear layer from an embedding to the task's answer, as .npz, .safetensors or .csv. With "
                "it an analysis says what the task uses; without it a head is fitted on the label.",
                width=420,
            ).strip()
            or None
        )
    return make(
        s.ImportEncoderParams,
        cohort_id=cohort.id,
        path=path,
        arch=arch,
        name=called,
        input=encoder_inputs.encoder_input(size, coverage, seen, *axes_and_zeros).model_copy(update=pooled),
        task=state or None,
        **tuned,
        **which,
    )


def _state(protocol: s.Protocol) -> str:
    """The task that weights were fine-tuned for, which may be none of the protocol's; empty before fine-tuning."""
    typed = str(drafts.current().kept.get("task") or "")
    chosen = st.selectbox(
        "State",
        list(dict.fromkeys(["", *protocol.target_names, typed])),
        format_func=partial(state_label, protocol),
        accept_new_options=True,
        key=drafts.key("task", ""),
        help="Choose pre-trained or a target of the protocol, or type what else the weights learned, such as the name "
        "of a clinical column.",
        width=320,
    )
    return (chosen or "").strip()


def pretrain(cohort: s.Cohort) -> s.JobParams:
    """Fields of a pre-training of a masked autoencoder."""
    with st.container(horizontal=True):
        arch = st.selectbox("Encoder", ARCHS, width=200, key=drafts.key("arch", ARCHS[0], ARCHS))
        size = encoder_inputs.size_choice(cohort.protocol)
        coverage = encoder_inputs.coverage_choice()
    channels = encoder_inputs.channels(cohort.protocol)
    axes_and_zeros = encoder_inputs.orientation_and_zeros(cohort.protocol)
    seen = encoder_inputs.encoder_input(size, coverage, channels, *axes_and_zeros)
    fields = training_form.pretraining()
    return make(s.PretrainParams, cohort_id=cohort.id, arch=arch, input=seen, **fields)


def finetune(cohort: s.Cohort) -> s.JobParams:
    """Fields of a fine-tuning of a pre-trained encoder for a target of the protocol."""
    protocol = cohort.protocol
    if not protocol.targets:
        raise Incomplete(f"The protocol {protocol.name} names no target, so there is nothing to fine-tune for.")
    names = protocol.target_names
    task = st.segmented_control(
        "Task",
        names,
        format_func=partial(labels.task, protocol),
        required=True,
        key=drafts.key("task", names[0], names),
    )
    target = next(one for one in protocol.targets if one.name == task)
    st.caption(escape_markdown(learns(protocol, target)))
    encoder_id = encoder_choice("Start from", [e for e in cohort.encoders if e.stage == "pre"])
    fields = training_form.finetuning(target.kind)
    return make(s.FinetuneParams, cohort_id=cohort.id, task=task, encoder_id=encoder_id, **fields)

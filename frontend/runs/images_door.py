"""The door for images: where they lie and what they are, then the encoder and the targets, all as one chain."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.runs import drafts, encoder_inputs, import_form, job_forms, launch, sources
from frontend.runs.form_fields import Incomplete, make
from frontend.text import labels
from shared import schemas as s
from shared.recipes import BY_KIND

PRETRAIN, WEIGHTS, NOTHING = "pretrain", "weights", "nothing"
ENCODERS = {
    PRETRAIN: "pre-train one on these images",
    WEIGHTS: "weights that I have",
    NOTHING: "none: import and measure only",
}
OF_IMPORT = "step:import"
RUNS_HELP = "One run is one draw: five tell the recipe from luck. Each takes as long as one."
CONTROLS_HELP = "The same training on shuffled labels: what a change looks like that has nothing to do with the label."


def door() -> None:
    """Draws the door."""
    drafts.begin("images")
    try:
        chain = _form()
        refusal = None
    except Incomplete as error:
        chain, refusal = None, str(error)
    launch.offer("Import and run all", chain, refusal)
    drafts.current().save()


def _form() -> s.JobChain:
    st.subheader("Your images", anchor=False)
    protocol = import_form.protocol_field()
    fields = import_form.where(protocol)
    imported, found = import_form.params(protocol, fields)
    st.subheader("The encoder", anchor=False)
    steps = [s.ChainStep(name="import", params=imported), _extract(protocol)]
    kind = st.segmented_control(
        "Encoder",
        list(ENCODERS),
        format_func=ENCODERS.__getitem__,
        required=True,
        label_visibility="collapsed",
        key=drafts.key("encoder", PRETRAIN, ENCODERS),
    )
    if kind == NOTHING:
        return s.JobChain(steps=steps)
    encoder = pretraining(protocol) if kind == PRETRAIN else weights(protocol)
    steps.append(s.ChainStep(name="encoder", params=encoder, after=["import"]))
    st.subheader("What it is fine-tuned for", anchor=False)
    return s.JobChain(steps=[*steps, *_learned(protocol, imported, found)])


def _extract(protocol: s.Protocol) -> s.ChainStep:
    if not protocol.rois:
        raise Incomplete(f"The protocol {protocol.name} has no region to measure radiomics in; choose another.")
    params = s.ExtractParams(cohort_id=OF_IMPORT, rois=list(protocol.rois))
    return s.ChainStep(name="radiomics", params=params, after=["import"])


def pretraining(protocol: s.Protocol) -> s.JobParams:
    """A small encoder, trained to fill in hidden parts of these images."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        archs = job_forms.ARCHS
        arch = st.selectbox("Encoder's size", archs, width=200, key=drafts.key("arch", archs[0], archs))
        size = encoder_inputs.size_choice(protocol)
        epochs = st.number_input("Epochs of pre-training", 1, 5000, width=190, key=drafts.key("pretrain_epochs", 100))
    seen = encoder_inputs.encoder_input(size, "crop", None, protocol.grid.orientation, 0.0)
    return make(s.PretrainParams, cohort_id=OF_IMPORT, arch=arch, input=seen, epochs=epochs)


def weights(protocol: s.Protocol) -> s.JobParams:
    """Weights from a file of the reader's own."""
    path = sources.file_of("checkpoint", "File of weights on the server", "weights", "/data/profound_tiny.pth.tar")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = answer_or_stop(connection.client().architectures)
        arch = st.selectbox("Architecture", names, width=240, key=drafts.key("weights_arch", "convnextv2-tiny", names))
        size = encoder_inputs.size_choice(protocol, largest=True)
    seen = encoder_inputs.encoder_input(size, "crop", None, protocol.grid.orientation, 0.0)
    if not path:
        raise Incomplete("Add the file of weights, or pre-train an encoder instead.")
    return make(s.ImportEncoderParams, cohort_id=OF_IMPORT, path=path, arch=arch, input=seen)


def _learned(protocol: s.Protocol, imported: s.ImportCasesParams, found: s.ImportPreview | None) -> list[s.ChainStep]:
    """Fine-tunings and analyses."""
    likely = likely_targets(protocol, imported, found)
    tasks = st.pills(
        "Targets",
        protocol.target_names,
        selection_mode="multi",
        format_func=partial(labels.task, protocol),
        key=drafts.current().proposed("targets", likely, protocol.target_names),
    )
    if not imported.clinical and any(one.column for one in protocol.targets):
        st.caption("Targets that stand in a column need a clinical table above; those of outlines need none.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        epochs = st.number_input("Epochs of each", 1, 5000, width=150, key=drafts.key("epochs", 20))
        seeds = st.number_input("Runs of each", 1, 20, width=150, key=drafts.key("seeds", 1), help=RUNS_HELP)
        controls = st.number_input("Controls", 0, 20, width=150, key=drafts.key("controls", 0), help=CONTROLS_HELP)
    if not tasks:
        raise Incomplete("Choose at least one target, or no encoder.")
    steps = []
    for target in protocol.targets:
        if target.name in tasks:
            wanted = {"epochs": epochs, "seeds": seeds, "shuffle_labels": controls, **BY_KIND[target.kind]}
            steps += of_target(protocol, target.name, wanted)
    return steps


def of_target(protocol: s.Protocol, task: str, recipe: dict[str, Any]) -> list[s.ChainStep]:
    """The fine-tuning for a target, then its analyses in the regions that belong to it."""
    tuned = s.FinetuneParams.model_validate({"cohort_id": OF_IMPORT, "task": task, **recipe})
    steps = [s.ChainStep(name=f"finetune-{task}", params=tuned, after=["encoder"])]
    several = recipe["seeds"] + recipe["shuffle_labels"] > 1
    for of_task, roi in labels.analysed_pairs(protocol):
        if of_task == task:
            params = s.AnalyseParams(cohort_id=OF_IMPORT, task=task, roi=roi, runs=several)
            after = ["radiomics", f"finetune-{task}"]
            steps.append(s.ChainStep(name=f"analyse-{task}-{roi}", params=params, after=after))
    return steps


def likely_targets(protocol: s.Protocol, imported: s.ImportCasesParams, found: s.ImportPreview | None) -> list[str]:
    """Targets whose outlines were seen, and those of columns where a clinical table is given."""
    seen = {name for study in (found.shown if found else []) for name in study.masks}
    seen |= {use for study in (found.shown if found else []) for one in study.objects
             for each in one.drawings for use in each.used_as}  # fmt: skip
    return [one.name for one in protocol.targets if _likely(one, seen, bool(imported.clinical))]


def _likely(target: s.ProtocolTarget, seen: Sequence[str] | set[str], has_table: bool) -> bool:
    if target.kind == "mask":
        return target.region in seen
    return has_table or (target.column or "").removesuffix("_ml") in seen

"""The fine-tuning job: trains a pre-trained encoder for a task and embeds the cohort with it."""

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from backend.jobs.context import JobContext
from backend.jobs.data.cohorts import accepted, cohort_of, ensure_split
from backend.jobs.data.embeddings import embed_missing
from backend.jobs.data.encoder_inputs import EncoderInputs, lesion_masks
from backend.jobs.planning.duration_estimates import training_units
from backend.jobs.planning.requirements import check_labels, encoder_for
from backend.jobs.resume.resumable_training import register, resumable
from backend.jobs.resume.training_keys import cases_with_labels, existing_encoder, finetune_key
from backend.models import Case, Encoder
from backend.science.tables.split import TEST, TRAIN, VAL
from backend.science.training.task_names import TASK_WORDS
from backend.storage.blob_store import BlobStore
from shared.schemas import EncoderInput, FinetuneParams

if TYPE_CHECKING:
    from backend.science.training.dataset import LabelledCases, Split
    from backend.science.training.finetune import FinetuneResult

WARMUP_EPOCHS = 2
"""Epochs of rising learning rate before a cosine decay."""
ADAPTED = {"full": "", "frozen": " (frozen)", "lora": " (LoRA)"}
AS_THEY_ARE = (
    "epochs",
    "batch",
    "lr",
    "weight_decay",
    "decay_head",
    "layer_decay",
    "cosine",
    "balanced",
    "augment",
    "augment_intensity",
    "dice_cross_entropy",
    "keep",
    "patience",
    "accumulate",
    "checkpoint_activations",
    "precision",
    "clip_norm",
    "adapt",
    "lora_rank",
    "settle_norms",
    "checkpoint_every",
)
"""Fields of FinetuneSettings that are parameters of the same name."""


def run(context: JobContext, params: FinetuneParams) -> dict[str, Any]:
    """Train on the training patients, score on the others, register the weights and embed every case.

    Cases without a label of the task are not trained on but are embedded. For the same request the existing
    encoder is returned (`cached`).
    """
    start = monotonic()
    with context.database.write() as session:
        cohort, sides = cohort_of(session, params.cohort_id), ensure_split(session, params.cohort_id)
        parent = encoder_for(session, cohort.id, "pre", None, params.encoder_id)
        cases = cases_with_labels(accepted(session, cohort.id), params.task)
        check_labels(cases, params.task)
        key = finetune_key(params, parent, cases, sides)
        known = existing_encoder(session, key)
    if known is not None:
        context.log("The same fine-tuning was done before; its encoder is the answer.")
        embed_missing(context, cohort.id, known, params.task)
        return {"encoder_id": known.id, "cohort_id": cohort.id, "cached": True}

    from backend.science.encoders.checkpoint import encoder_state, read_checkpoint
    from backend.science.training import finetune  # torch: a cached result does not need it
    from backend.science.training.dataset import LabelledCases

    input_settings = EncoderInput.model_validate(parent.settings["input"])
    inputs = EncoderInputs(context.files, cases, input_settings)
    inputs.read_all(context.progress)
    settings = finetune.FinetuneSettings(
        arch=parent.arch,
        segmenter_width=params.decoder_width,
        warmup_epochs=warmup(params),
        **{name: getattr(params, name) for name in AS_THEY_ARE},
    )
    labelled_cases = LabelledCases(
        inputs=inputs,
        targets=_targets(context.files, cases, params.task, input_settings),
        split=_split([sides[case.study_id] for case in cases]),
        patients=[case.patient_id for case in cases],
        spacing=input_settings.spacing_zyx_mm,
    )
    start_from = encoder_state(read_checkpoint(context.files.path(parent.sha256)).state)
    result = resumable(
        context,
        key,
        parent.arch,
        "fine-tuning",
        lambda *rest: finetune.finetune(start_from, labelled_cases, params.task, settings, params.seed, *rest),
    )
    for line in notes(params, input_settings):
        context.log(line)
    encoder = Encoder(
        cohort_id=cohort.id,
        parent_id=parent.id,
        name=f"{parent.arch} fine-tuned for {TASK_WORDS[params.task]} on {cohort.name}{ADAPTED[params.adapt]}",
        arch=parent.arch,
        stage="ft",
        task=params.task,
        epoch=result.kept_epoch,
        settings={"input": parent.settings["input"], **params.model_dump(mode="json"), "encoder_id": parent.id},
        metrics=_metrics(result, labelled_cases, notes(params, input_settings)),
        history=list(result.history),
        cache_key=key,
    )
    metadata = {"arch": parent.arch, "task": params.task, "width": params.decoder_width}
    register(context, encoder, result.model_state, metadata)
    embed_missing(context, cohort.id, parent, params.task)
    embed_missing(context, cohort.id, encoder, params.task)
    return {
        "encoder_id": encoder.id,
        "cohort_id": cohort.id,
        "cached": False,
        "units": training_units(len(cases), params.epochs, parent.arch, input_settings),
        "seconds": monotonic() - start,
    }


def warmup(params: FinetuneParams) -> int:
    """Warm-up epochs: none at a constant rate, two before a cosine, or as requested."""
    if params.warmup_epochs is not None:
        return params.warmup_epochs
    return min(WARMUP_EPOCHS, params.epochs - 1) if params.cosine else 0


def notes(params: FinetuneParams, input_settings: EncoderInput) -> list[str]:
    """Notes on the run that qualify its scores."""
    size = " x ".join(map(str, input_settings.size_zyx))
    sentences = [f"The encoder saw {size} voxels (z, y, x) around the middle of each image."]
    if params.task == "volume":
        sentences.append(
            "The volume task sees T2 alone: DWI and ADC are set to 0, the mean of a z-scored channel, which leaves "
            "of the first convolution its T2 kernels; both embeddings are made of the same input."
        )
    if params.adapt == "frozen":
        sentences.append("The encoder was frozen: its embeddings before and after are the same, only the head learned.")
    if params.adapt == "lora":
        sentences.append(
            f"The encoder learned low-rank changes only (LoRA, rank {params.lora_rank}), added into its weights."
        )
    return sentences


def _metrics(result: "FinetuneResult", cases: "LabelledCases", sentences: list[str]) -> dict[str, Any]:
    from backend.science.analysis.json_ready import json_ready

    parts = cases.split.parts
    found: dict[str, Any] = {
        **result.scores,
        "intervals": {"test": result.intervals},
        "studies": {part: len(rows) for part, rows in parts.items()},
        "patients": {part: len(set(cases.patients_of(rows))) for part, rows in parts.items()},
        "stopped_early": result.stopped_early,
        "notes": sentences,
    }
    if result.confusion is not None:
        found["confusion"] = {"test": result.confusion}
    plain: dict[str, Any] = json_ready(found)
    return plain


def _targets(files: BlobStore, cases: Sequence[Case], task: str, input_settings: EncoderInput) -> list[Any]:
    if task == "pirads":
        from backend.science.training.tasks import pirads_class

        return [pirads_class(case.pirads or 0) for case in cases]
    if task == "volume":
        return [case.gland_ml for case in cases]
    return list(lesion_masks(files, cases, input_settings))


def _split(sides: Sequence[str]) -> "Split":
    from backend.science.training.dataset import Split

    of = np.array(sides)
    return Split(*(np.flatnonzero(of == side) for side in (TRAIN, VAL, TEST)))

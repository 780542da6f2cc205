"""Fine-tunes a pre-trained encoder for a task and embeds the cohort with it."""

from collections.abc import Sequence
from dataclasses import asdict
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from backend.files import Files
from backend.jobs.cohorts import accepted, cohort_of, ensure_split
from backend.jobs.context import JobContext
from backend.jobs.embeddings import embed_missing
from backend.jobs.inputs import EncoderInputs, lesion_masks
from backend.jobs.paces import training_units
from backend.jobs.requirements import TASK_WORDS, check_labels, encoder_for
from backend.jobs.trained import register, resumable
from backend.jobs.training_keys import finetune_key, labelled, trained
from backend.models import Case, Encoder
from backend.science.split import TEST, TRAIN, VAL
from shared.schemas import EncoderInput, FinetuneParams

if TYPE_CHECKING:
    from backend.science.finetune import Split

WARMUP_EPOCHS = 2
"""Epochs of rising learning rate before a cosine decay."""


def run(context: JobContext, params: FinetuneParams) -> dict[str, Any]:
    """Trains on the cohort's training patients, scores on the others, registers the weights, embeds every case.

    Cases without a label of the task take no part in training but are embedded. The same request gives the encoder
    that is there already (`cached`).
    """
    start = monotonic()
    with context.database.write() as session:
        cohort, sides = cohort_of(session, params.cohort_id), ensure_split(session, params.cohort_id)
        parent = encoder_for(session, cohort.id, "pre", None, params.encoder_id)
        cases = labelled(accepted(session, cohort.id), params.task)
        check_labels(cases, params.task)
        key = finetune_key(params, parent, cases, sides)
        known = trained(session, key)
    if known is not None:
        context.log("The same fine-tuning was done before; its encoder is the answer.")
        embed_missing(context, cohort.id, known, params.task)
        return {"encoder_id": known.id, "cohort_id": cohort.id, "cached": True}

    from backend.science import finetune  # torch: a request answered from the cache never needs it
    from backend.science.encoders.checkpoint import encoder_state, read_checkpoint

    given = EncoderInput.model_validate(parent.settings["input"])
    inputs = EncoderInputs(context.files, cases, given)
    inputs.read_all(context.progress)
    settings = finetune.FinetuneSettings(
        arch=parent.arch,
        epochs=params.epochs,
        batch=params.batch,
        lr=params.lr,
        segmenter_width=params.decoder_width,
        cosine=params.cosine,
        warmup_epochs=min(WARMUP_EPOCHS, params.epochs - 1) if params.cosine else 0,
        augment=params.augment,
    )
    arguments = (
        encoder_state(read_checkpoint(context.files.path(parent.sha256)).state),
        inputs,
        _targets(context.files, cases, params.task, given),
        params.task,
        _split([sides[case.study_id] for case in cases]),
        settings,
        params.seed,
    )
    result = resumable(context, key, "fine-tuning", lambda *rest: finetune.finetune(*arguments, *rest))
    encoder = Encoder(
        cohort_id=cohort.id,
        parent_id=parent.id,
        name=f"{parent.arch} fine-tuned for {TASK_WORDS[params.task]} on {cohort.name}",
        arch=parent.arch,
        stage="ft",
        task=params.task,
        epoch=result.kept_epoch,
        settings={"input": parent.settings["input"], **params.model_dump(mode="json"), "encoder_id": parent.id},
        metrics={part: _plain(scores) for part, scores in result.scores.items()},
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
        "units": training_units(len(cases), params.epochs, parent.arch, given),
        "seconds": monotonic() - start,
    }


def _targets(files: Files, cases: Sequence[Case], task: str, given: EncoderInput) -> list[Any]:
    if task == "pirads":
        from backend.science.tasks import pirads_class

        return [pirads_class(case.pirads or 0) for case in cases]
    if task == "volume":
        return [case.gland_ml for case in cases]
    return list(lesion_masks(files, cases, given))


def _split(sides: Sequence[str]) -> "Split":
    from backend.science.finetune import Split

    of = np.array(sides)
    return Split(*(np.flatnonzero(of == side) for side in (TRAIN, VAL, TEST)))


def _plain(scores: Any) -> dict[str, Any]:
    from backend.science.record import json_ready

    plain: dict[str, Any] = json_ready(scores if isinstance(scores, dict) else asdict(scores))
    return plain

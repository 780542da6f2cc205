"""The pre-training job: trains an encoder on a cohort and embeds the cohort with it."""

from time import monotonic
from typing import Any

from backend.jobs.context import JobContext
from backend.jobs.data.cohorts import accepted, cohort_of
from backend.jobs.data.embeddings import embed_missing
from backend.jobs.data.encoder_inputs import EncoderInputs
from backend.jobs.data.pretraining_order import pretraining_order
from backend.jobs.planning.duration_estimates import training_units
from backend.jobs.resume.resumable_training import register, resumable
from backend.jobs.resume.training_keys import existing_encoder, pretrain_key
from backend.models import Encoder
from backend.storage.cohort_protocol import protocol_of
from shared.schemas import PretrainParams

MOST_WARMUP = 40
PICTURES = 10
"""Approximate number of reconstructions stored per run."""


def warmup(params: PretrainParams) -> int:
    """Warm-up epochs: ProFound's 40, a tenth of a shorter run, or as requested."""
    return min(MOST_WARMUP, params.epochs // 10) if params.warmup_epochs is None else params.warmup_epochs


def run(context: JobContext, params: PretrainParams) -> dict[str, Any]:
    """Train from the last finished epoch, register the weights by their sha256 and embed every accepted case.

    For the same cases and parameters the existing encoder is returned (`cached`). A case without an image of every
    channel is left out, and named in the log.
    """
    start = monotonic()
    with context.database.read() as session:
        cohort = cohort_of(session, params.cohort_id)
        order = pretraining_order(params, protocol_of(cohort), accepted(session, params.cohort_id))
        params, cases = order.params, order.cases
        key = pretrain_key(params, cases, order.seen)
        known = existing_encoder(session, key)
    for sentence in order.left_out:
        context.log(sentence, "warning")
    if known is not None:
        context.log("The same pre-training was done before; its encoder is the answer.")
        embed_missing(context, cohort.id, known, None)
        return {"encoder_id": known.id, "cohort_id": cohort.id, "cached": True}

    from backend.science.training import pretrain  # torch: a cached result does not need it

    inputs = EncoderInputs(context.files, cases, order.protocol, params.input)
    settings = pretrain.PretrainSettings(
        arch=params.arch,
        epochs=params.epochs,
        warmup_epochs=warmup(params),
        batch=params.batch,
        accumulate=params.accumulate,
        lr=params.lr,
        weight_decay=params.weight_decay,
        patch=params.patch,
        mask_ratio=params.mask_ratio,
        decoder_width=params.decoder_width,
        checkpoint_activations=params.checkpoint_activations,
        precision=params.precision,
        clip_norm=params.clip_norm,
        checkpoint_every=params.checkpoint_every,
        picture_every=max(1, params.epochs // PICTURES),
    )
    inputs.read_all(context.progress)
    result = resumable(
        context,
        key,
        params.arch,
        "pre-training",
        lambda *rest: pretrain.pretrain(inputs, settings, params.seed, *rest),
        channels=inputs.channels,
    )
    state = {f"encoder.{name}": value for name, value in result.encoder_state.items()}
    encoder = Encoder(
        cohort_id=cohort.id,
        name=f"{params.arch} pre-trained on {cohort.name}",
        arch=params.arch,
        stage="pre",
        epoch=params.epochs,
        settings={
            "input": params.input.model_dump(mode="json"),
            **params.model_dump(mode="json", exclude={"input"}),
            **({} if order.seen is None else {"seen": order.seen}),
        },
        metrics={"reconstruction_loss": result.history[-1]["train_loss"]},
        history=list(result.history),
        cache_key=key,
    )
    register(context, encoder, state, {"arch": params.arch})
    embed_missing(context, cohort.id, encoder, None)
    return {
        "encoder_id": encoder.id,
        "cohort_id": cohort.id,
        "cached": False,
        "units": training_units(len(cases), params.epochs, params.arch, params.input),
        "seconds": monotonic() - start,
    }

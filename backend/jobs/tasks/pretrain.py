"""Pre-trains an encoder on a cohort and embeds the cohort with it."""

from time import monotonic
from typing import Any

from sqlalchemy import select

from backend.errors import BadCheckpoint
from backend.jobs.cohorts import accepted, cohort_of
from backend.jobs.context import JobContext
from backend.jobs.embeddings import embed_missing
from backend.jobs.inputs import EncoderInputs
from backend.jobs.trained import register
from backend.keys import TRAINING_CODE, cases_key, request_key
from backend.models import Encoder
from shared.schemas import PretrainParams

DECODER_WIDTH = 512
MOST_WARMUP = 40


def run(context: JobContext, params: PretrainParams) -> dict[str, Any]:
    """Trains from the last whole epoch on, registers the weights by their sha256, embeds every accepted case.

    The same cases and parameters give the encoder that is there already (`cached`).
    """
    start = monotonic()
    with context.database.read() as session:
        cohort, cases = cohort_of(session, params.cohort_id), accepted(session, params.cohort_id)
        key = request_key(
            "pretrain", code=TRAINING_CODE, params=params.model_dump(mode="json"), cases=cases_key(cases, ("gland",))
        )
        known = session.scalar(select(Encoder).where(Encoder.cache_key == key))
    if known is not None:
        context.log("The same pre-training was done before; its encoder is the answer.")
        embed_missing(context, cohort.id, known, None)
        return {"encoder_id": known.id, "cohort_id": cohort.id, "cached": True}

    from backend.science import pretrain  # torch: a request answered from the cache never needs it

    inputs = EncoderInputs(context.files, cases, params.input)
    settings = pretrain.PretrainSettings(
        arch=params.arch,
        epochs=params.epochs,
        warmup_epochs=min(MOST_WARMUP, params.epochs // 10),
        batch=params.batch,
        lr=params.lr,
        decoder_width=DECODER_WIDTH,
    )
    checkpoint = context.files.work(key) / "run.pt"

    def epoch_done(words: str, done: int, total: int) -> None:
        context.saved()
        context.log(f"{words}, epoch {done} of {total}.")
        context.progress("pre-training", done, total)

    inputs.read_all(context.progress)
    arguments = (inputs, settings, params.seed)
    try:
        resumed = checkpoint if checkpoint.exists() else None
        result = pretrain.pretrain(*arguments, resumed, checkpoint, epoch_done, lambda: False)
    except BadCheckpoint:
        checkpoint.unlink(missing_ok=True)
        result = pretrain.pretrain(*arguments, None, checkpoint, epoch_done, lambda: False)
    state = {f"encoder.{name}": value for name, value in result.encoder_state.items()}
    encoder = Encoder(
        cohort_id=cohort.id,
        name=f"{params.arch} pre-trained on {cohort.name}",
        arch=params.arch,
        stage="pre",
        epoch=params.epochs,
        settings={"input": params.input.model_dump(mode="json"), **params.model_dump(mode="json", exclude={"input"})},
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
        "units": len(cases) * params.epochs,
        "seconds": monotonic() - start,
    }

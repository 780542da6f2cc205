"""The hash of a training request: equal keys mean that the encoder is there already."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Case, Encoder
from backend.science.encoders.registry import read_as
from backend.storage.cache_keys import TRAINING_CODE, cases_key, encoder_input_key, request_key
from shared.schemas import EncoderInput, FinetuneParams, ImportEncoderParams, PretrainParams


def pretrain_key(params: PretrainParams, cases: Sequence[Case], seen: Mapping[str, Any] | None = None) -> str:
    """Depends on the images and every parameter; `seen` is the record of `seen_images`, None of the prostate."""
    dumped = params.model_dump(mode="json")
    if seen is None:
        return request_key("pretrain", code=TRAINING_CODE, params=dumped, cases=cases_key(cases, ("gland",)))
    images = cases_key(cases, modalities=(*seen["intensity"], seen["reference"]))
    return request_key("pretrain", code=TRAINING_CODE, params=dumped, cases=images, seen=seen)


def seen_by(encoder: Encoder, task: str | None) -> dict[str, Any]:
    """What the hash of an encoder's weights leaves open, as parts of a key: architecture, input and own facts.

    One file may be imported twice, at another size. Nothing for a built-in encoder of the default input, so that its
    keys are those of older versions.
    """
    given = EncoderInput.model_validate(encoder.settings.get("input") or {})
    usual = given == EncoderInput() and not {"facts", "seen"} & set(encoder.settings)
    return read_as(encoder.arch, encoder.settings) | ({} if usual else {"input": encoder_input_key(encoder, task)})


HOW_MANY = {"seeds", "shuffle_labels"}
"""Parameters of a fine-tuning that say how many trainings it is; none of these depends on them."""


def finetune_key(params: FinetuneParams, parent: Encoder, learnt: Mapping[str, Any], control: str | None = None) -> str:
    """Depends on the parent's weights, the labelled cases' volumes, labels and split (`learnt`), and every parameter.

    It is the key of the one training with the seed of `params`.
    """
    return request_key(
        "finetune",
        code=TRAINING_CODE,
        params=params.model_dump(mode="json", exclude={"encoder_id", *HOW_MANY}),
        parent=parent.sha256,
        **learnt,
        **({} if control is None else {"control": control}),
        **seen_by(parent, params.task),
    )


HOW_READ = {"key", "prefix", "ema"}
"""Parameters of an import that choose among the weights of a file."""


def import_key(
    params: ImportEncoderParams,
    sha256: str,
    parent: Encoder | None,
    head: str | None = None,
    seen: Mapping[str, Any] | None = None,
) -> str:
    """Depends on the file's bytes, not on where it lies, on what it is said to be, and on the hash of its head.

    How it is read counts where it was said, so keys of requests that say nothing stay as they were. `seen` is the
    record of `seen_images`, None of the prostate.
    """
    unsaid = {name for name in HOW_READ if not getattr(params, name)}
    return request_key(
        "import_encoder",
        code=TRAINING_CODE,
        params=params.model_dump(mode="json", exclude={"path", "parent_id", "head", *unsaid}),
        file=sha256,
        parent=parent.sha256 if parent is not None else None,
        **({} if head is None else {"head": head}),
        **({} if seen is None else {"seen": seen}),
        **_of_parent(parent, params.task),
    )


def _of_parent(parent: Encoder | None, task: str | None) -> dict[str, Any]:
    """What tells two parents of one file apart."""
    seen = {} if parent is None else seen_by(parent, task)
    return {"parent_seen": seen} if seen else {}


def existing_encoder(session: Session, key: str) -> Encoder | None:
    """The encoder that the same request made before."""
    return session.scalar(select(Encoder).where(Encoder.cache_key == key))

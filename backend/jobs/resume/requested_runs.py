"""The trainings that one fine-tuning request asks for: its runs, then its controls, in the order they are trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.jobs.resume.training_keys import existing_encoder, finetune_key
from backend.models import Encoder
from shared.schemas import SHUFFLED_LABELS, FinetuneParams


@dataclass(frozen=True)
class RequestedRun:
    """One training of a request.

    Attributes:
        place: among the trainings of the request, from 0; what its epochs are stored under.
        params: of this training alone; its seed is its own.
        control: what makes it a control; None for a run.
        words: `run 2 of 5`, `control 1 of 2`; empty where the request is one training.
    """

    place: int
    params: FinetuneParams
    control: str | None
    words: str

    def key(self, parent: Encoder, learnt: Mapping[str, Any]) -> str:
        """The hash of all its weights depend on: the same for this run in a request of one or of many.

        `learnt`: what the labelled cases give to the key.
        """
        return finetune_key(self.params, parent, learnt, self.control)


def requested_runs(params: FinetuneParams) -> list[RequestedRun]:
    """The trainings of a request: seeds count up from the request's, for the controls as for the runs."""
    kinds = [None] * params.seeds + [SHUFFLED_LABELS] * params.shuffle_labels
    return [
        RequestedRun(
            place=place,
            params=params.model_copy(update={"seed": params.seed + _number(params, place)}),
            control=control,
            words=_words(params, place, control) if len(kinds) > 1 else "",
        )
        for place, control in enumerate(kinds)
    ]


def known_runs(
    session: Session, runs: Sequence[RequestedRun], parent: Encoder, learnt: Mapping[str, Any]
) -> list[Encoder | None]:
    """For each training of a request the encoder that it made before."""
    return [existing_encoder(session, run.key(parent, learnt)) for run in runs]


def _number(params: FinetuneParams, place: int) -> int:
    return place if place < params.seeds else place - params.seeds


def _words(params: FinetuneParams, place: int, control: str | None) -> str:
    number = _number(params, place) + 1
    return f"run {number} of {params.seeds}" if control is None else f"control {number} of {params.shuffle_labels}"

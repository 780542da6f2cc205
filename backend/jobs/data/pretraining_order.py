"""What a pre-training works on: the request with its modalities named, and the cases that have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.errors import BadSettings
from backend.jobs.data.channels import channels_of, with_images, with_modalities
from backend.models import Case
from backend.storage.seen_images import seen_images
from shared.schemas import PretrainParams
from shared.schemas.protocol import Protocol


@dataclass(frozen=True)
class PretrainingOrder:
    """A pre-training with everything open filled in; `seen` is part of its key, `left_out` are sentences."""

    params: PretrainParams
    protocol: Protocol
    cases: Sequence[Case]
    seen: dict[str, Any] | None
    left_out: Sequence[str]


def pretraining_order(params: PretrainParams, protocol: Protocol, cases: Sequence[Case]) -> PretrainingOrder:
    """Fill in the modalities and leave out the cases that lack one. Raises UnknownName or BadSettings."""
    given = with_modalities(params.input, protocol, cases)
    channels = channels_of(given, None, protocol)
    kept, left_out = with_images(cases, channels)
    if not kept:
        raise BadSettings(f"No accepted study has images of all of {', '.join(channels)}; choose other modalities.")
    seen = seen_images(protocol, channels)
    return PretrainingOrder(params.model_copy(update={"input": given}), protocol, kept, seen, left_out)

"""A target of a cohort's protocol as a training knows it."""

from collections.abc import Sequence

from backend.science.training.target import Target
from shared.protocol_words import target_words
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget


def learned_target(protocol: Protocol, target: ProtocolTarget, channels: Sequence[int] | None) -> Target:
    """The target with its words; `channels` are those of the encoder's input that it is learnt from, None = all."""
    return Target(
        name=target.name,
        kind=target.kind,
        words=target_words(protocol, target.name),
        classes=target.classes,
        region=target.region or "",
        channels=None if channels is None else tuple(channels),
    )

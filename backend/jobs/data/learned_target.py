"""A target of a cohort's protocol as a training knows it, and the channels of an encoder that it is learnt from."""

from backend.jobs.data.channels import target_channels
from backend.models import Encoder
from backend.science.training.target import Target
from shared.encoder_facts import facts_of
from shared.protocol_words import target_words
from shared.schemas import EncoderInput
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget


def learned_target(protocol: Protocol, target: ProtocolTarget, channels: tuple[int, ...] | None) -> Target:
    """The target with its words; `channels` are those of the encoder's input that it is learnt from, None = all."""
    return Target(
        name=target.name,
        kind=target.kind,
        words=target_words(protocol, target.name),
        classes=target.classes,
        region=target.region or "",
        channels=channels,
    )


def encoder_channels(encoder: Encoder, protocol: Protocol) -> tuple[str, ...]:
    """Modality of every channel of an encoder: of its input, else of its own code, else all of the protocol."""
    given = EncoderInput.model_validate(encoder.settings["input"])
    own = facts_of(encoder.settings).get("modalities") or ()
    return given.modalities or tuple(own) or protocol.modality_names


def seen_channels(encoder: Encoder, protocol: Protocol, task: str) -> tuple[int, ...] | None:
    """Positions of the channels that a target is learnt from, None = all. Raises BadSettings where there are none."""
    own = bool(facts_of(encoder.settings).get("prepare"))
    return target_channels(protocol, task, encoder_channels(encoder, protocol), own=own)

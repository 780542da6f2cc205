"""What is written down of an encoder that differs from ProFound's, and compared when it is used again."""

from typing import Any

from backend.errors import BadSettings
from backend.science.encoders.base import Encoder
from backend.science.encoders.encoder_kinds import Pooling

USUAL_STAGES = 4


def facts_record(encoder: Encoder) -> dict[str, Any]:
    """The facts by name, as they go into records and keys; empty for an encoder like ProFound's."""
    facts = encoder.facts
    found: dict[str, Any] = {}
    if len(encoder.dims) != USUAL_STAGES:
        found["stages"] = len(encoder.dims)
    if not encoder.segments:
        found["segments"] = False
    found |= {name: True for name in ("slice_wise", "one_channel") if getattr(facts, name)}
    if facts.modalities:
        found["modalities"] = list(facts.modalities)
    if facts.preparation is not None:
        found["prepare"] = facts.preparation.version
    return found


def check_facts(name: str, recorded: dict[str, Any], encoder: Encoder) -> None:
    """Raise BadSettings where an encoder's code says something else than when its weights were imported."""
    now = facts_record(encoder)
    if now != recorded:
        names = sorted(key for key in recorded.keys() | now.keys() if recorded.get(key) != now.get(key))
        what = ", ".join(f"{key}: {now.get(key)!r}, before {recorded.get(key)!r}" for key in names)
        raise BadSettings(
            f"The code of the encoder {name} says something else than when its weights were imported ({what}); import "
            "them again."
        )


def check_pooling(name: str, pooling: Pooling, encoder: Encoder) -> None:
    """Raise BadSettings where a pooling was asked for that this encoder has no use for."""
    if pooling.slices != "mean" and not encoder.facts.slice_wise:
        raise BadSettings(f"The encoder {name} takes whole volumes, so there are no slices to pool; leave it out.")
    if pooling.modalities != "concatenate" and not encoder.facts.one_channel:
        raise BadSettings(f"The encoder {name} takes all modalities at once, so none are pooled; leave it out.")

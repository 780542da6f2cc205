"""How many channels an encoder takes, where it may not take as many as an input has."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from backend.errors import BadCheckpoint, BadSettings
from backend.science.encoders.base import Encoder
from backend.science.encoders.checkpoint import LoadedEncoder, read_encoder
from backend.science.encoders.encoder_kinds import USUAL_POOLING, Pooling
from backend.science.encoders.readers.choice import AS_FOUND, Choice
from backend.science.encoders.registry import BUILT_IN, build_encoder

T = TypeVar("T")
TRIED = (3, 1, 2, 4, 5, 6)


def read_for(
    channels: int,
    path: Path,
    arch: str,
    pooling: Pooling = USUAL_POOLING,
    choice: Choice = AS_FOUND,
    base: Path | None = None,
) -> LoadedEncoder | int:
    """The encoder of a file for an input of so many channels, or how many it takes instead.

    One that makes its input itself, or takes one channel at a time, fits any. Raises BadCheckpoint or BadSettings where
    no number fits.
    """
    loaded = _first(arch, channels, lambda number: read_encoder(path, arch, choice, base, pooling, number))
    return loaded if fits(loaded.encoder, channels) else loaded.encoder.channels


def build_for(channels: int, arch: str) -> Encoder:
    """The encoder of a name, of another number of channels where it takes no other."""
    return _first(arch, channels, lambda number: build_encoder(arch, number))


def fits(encoder: Encoder, channels: int) -> bool:
    """Whether an input of so many modalities is one that the encoder takes, or names or makes itself."""
    facts = encoder.facts
    own = facts.one_channel or facts.modalities or facts.preparation is not None
    return bool(own) or encoder.channels == channels


def _first(arch: str, channels: int, made: Callable[[int], T]) -> T:
    """What is made for so many channels, else for the first other number that it can be made for."""
    try:
        return made(channels)
    except (BadCheckpoint, BadSettings):
        for number in () if arch in BUILT_IN else TRIED:  # weights of a built-in one say it themselves
            try:
                return made(number)
            except (BadCheckpoint, BadSettings):
                continue
        raise

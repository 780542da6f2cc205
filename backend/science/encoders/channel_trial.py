"""How many channels the weights of a file take, where they do not fit as many as an input has."""

from pathlib import Path

from backend.errors import BadCheckpoint, BadSettings
from backend.science.encoders.checkpoint import LoadedEncoder, read_encoder
from backend.science.encoders.encoder_kinds import Pooling
from backend.science.encoders.readers.choice import Choice
from backend.science.encoders.registry import BUILT_IN

TRIED = (1, 2, 3, 4, 5, 6)


def read_for(
    channels: int, path: Path, arch: str, choice: Choice, base: Path | None, pooling: Pooling
) -> LoadedEncoder | int:
    """The encoder of a file for an input of so many channels, or how many it takes instead.

    Weights of a built-in architecture say it themselves. Raises BadCheckpoint or BadSettings where no number fits.
    """
    try:
        loaded = read_encoder(path, arch, choice, base, pooling, channels)
    except (BadCheckpoint, BadSettings):
        other = None if arch in BUILT_IN else _other(channels, path, arch, choice, base, pooling)
        if other is None:
            raise
        return other
    own = loaded.encoder
    return loaded if own.channels == channels or own.facts.one_channel or own.facts.modalities else own.channels


def _other(channels: int, path: Path, arch: str, choice: Choice, base: Path | None, pooling: Pooling) -> int | None:
    for number in TRIED:
        try:
            if number != channels:
                read_encoder(path, arch, choice, base, pooling, number)
                return number
        except (BadCheckpoint, BadSettings):
            continue
    return None

"""A small model's state, and how a file of it is read: seconds of a large encoder are not needed to try layouts."""

from pathlib import Path

import torch
from torch import Tensor

from backend.science.encoders.readers.choice import AS_FOUND, Choice
from backend.science.encoders.readers.choose import Chosen, choose
from backend.science.encoders.readers.contents import read_contents
from backend.science.encoders.readers.sources import source_of

TARGET = "the encoder small"


def state(seed: int = 0) -> dict[str, Tensor]:
    """Names and shapes as of an encoder with a stem, one stage and a norm."""
    generator = torch.Generator().manual_seed(seed)
    shapes = {
        "stem.weight": (4, 3, 2, 2, 2),
        "stages.0.pw.weight": (8, 4),
        "stages.0.pw.bias": (8,),
        "norm.weight": (8,),
    }
    return {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}


def under(prefix: str, seed: int = 0) -> dict[str, Tensor]:
    """The same with a prefix before every name."""
    return {prefix + name: value for name, value in state(seed).items()}


def read(path: Path, choice: Choice = AS_FOUND) -> Chosen:
    """What the reader takes out of a file for this model."""
    return choose(read_contents(source_of(path)), state(), TARGET, choice)


def same(found: Chosen, seed: int = 0) -> bool:
    """Whether exactly the weights of that seed were taken."""
    wanted = state(seed)
    return set(found.fit.state) == set(wanted) and all(
        torch.equal(found.fit.state[name], wanted[name]) for name in wanted
    )

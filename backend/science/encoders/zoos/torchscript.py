"""TorchScript archives: a compiled program with its weights, whose answer is the embedding."""

import warnings
from pathlib import Path

import torch

from backend.errors import BadCheckpoint
from backend.science.encoders.encoder_kinds import ForeignEncoder, InputFacts


def torchscript_encoder(path: Path, slice_wise: bool = False) -> ForeignEncoder:
    """Read an archive of `torch.jit.save`; pooled only. Raises BadCheckpoint for another file."""
    if not path.is_file():
        raise BadCheckpoint(f"There is no file {path.name}; check the path.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # torch advises torch.export where archives are made
            module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call] # of torch
    except Exception as error:  # torch raises many types on other files
        raise BadCheckpoint(
            f"{path.name} is no TorchScript archive ({type(error).__name__}); for a state dict name its architecture."
        ) from error
    return ForeignEncoder(module.eval(), facts=InputFacts(slice_wise=slice_wise))

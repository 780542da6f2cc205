"""A local Hugging Face folder, `config.json` and `model.safetensors`: an image model, run slice by slice.

Nothing is fetched (`local_files_only`) and no code of the folder runs (`trust_remote_code=False`).
"""

import inspect
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from backend.errors import BadCheckpoint, BadSettings
from backend.science.encoders.encoder_kinds import ForeignEncoder, InputFacts
from backend.science.encoders.zoos.names import INSTALL, check_importable


class HuggingFaceModule(nn.Module):
    """The pooler's output where the model has one (the class token of a ViT), else its last hidden state."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net
        takes = inspect.signature(net.forward).parameters
        self.more = {"interpolate_pos_encoding": True} if "interpolate_pos_encoding" in takes else {}

    def forward(self, x: Tensor) -> Tensor:
        answer = self.net(pixel_values=x, **self.more)
        pooled = getattr(answer, "pooler_output", None)
        found: Tensor = answer.last_hidden_state if pooled is None else pooled.flatten(1)
        return found


def huggingface_encoder(folder: Path, channels: int) -> ForeignEncoder:
    """Read a folder. Raises BadSettings without transformers, BadCheckpoint where it is no image model."""
    if find_spec("transformers") is None:
        raise BadSettings(
            f"A Hugging Face folder needs the package transformers, which is not installed here; {INSTALL}."
        )
    if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
        raise BadCheckpoint(f"{folder.name} must be a folder with config.json and model.safetensors.")
    if find_spec("torchvision") is not None:  # transformers imports it, and hides why that fails
        check_importable("torchvision")
    from transformers import AutoModel

    try:
        net = AutoModel.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
    except Exception as error:  # transformers raises many types
        raise BadCheckpoint(
            f"{folder.name} cannot be read by transformers ({type(error).__name__}: {str(error)[:160]})."
        ) from error
    own = getattr(net.config, "num_channels", channels)
    if "pixel_values" not in inspect.signature(net.forward).parameters or own != channels:
        raise BadCheckpoint(
            f"{folder.name} must be a model of images with {channels} channels as the input has; it has "
            f"{own} ({type(net).__name__})."
        )
    return ForeignEncoder(HuggingFaceModule(net.eval()), facts=InputFacts(slice_wise=True))

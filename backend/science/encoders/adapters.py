"""Which encoder weights fine-tuning trains: all, none, or low-rank changes (LoRA).

The low-rank part is LoRA (arXiv 2106.09685): W + (alpha / rank) B A, with A random and B zero at the start, on every
linear layer of the encoder (in ConvNeXt V2 the two of each block, four fifths of its weights); an encoder without
linear layers gets it on its ungrouped convolutions, the kernel read as a matrix (out, in * k^3). alpha = 2 rank.
"""

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from backend.errors import BadSettings
from backend.science.encoders.base import Encoder

Adapt = Literal["full", "frozen", "lora"]
ADAPTATIONS: tuple[Adapt, ...] = ("full", "frozen", "lora")
SCALE = 2.0
"""alpha / rank."""


class LowRank(nn.Module):
    """A weight plus its low-rank change."""

    def __init__(self, shape: torch.Size, rank: int) -> None:
        super().__init__()
        out, width = shape[0], math.prod(shape[1:])
        self.a = nn.Parameter(torch.empty(rank, width))
        self.b = nn.Parameter(torch.zeros(out, rank))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + SCALE * (self.b @ self.a).reshape(weight.shape)


def adapt_encoder(encoder: Encoder, adapt: Adapt, rank: int) -> None:
    """Make trainable what `adapt` names: all weights, none, or LoRA matrices of this rank.

    Raises BadSettings where there is no layer to adapt or the rank is larger than the smallest of them.
    """
    if adapt == "full":
        return
    encoder.requires_grad_(False)
    if adapt == "frozen":
        return
    # A weight that is already parametrized (weight_norm and the like) could not be restored.
    plain = [part for part in encoder.modules() if not parametrize.is_parametrized(part)]
    layers: list[nn.Module] = [part for part in plain if isinstance(part, nn.Linear)]
    if not layers:
        layers = [part for part in plain if isinstance(part, nn.Conv3d) and part.groups == 1]
    if not layers:
        raise BadSettings(
            "This encoder has no plain linear layer and no ungrouped convolution that LoRA could adapt; choose "
            "full or frozen."
        )
    for layer in layers:
        weight = layer.weight
        assert isinstance(weight, Tensor)
        if rank > min(weight.shape[0], math.prod(weight.shape[1:])):
            raise BadSettings(f"A LoRA rank of {rank} is more than a layer of {tuple(weight.shape)} has; lower it.")
        parametrize.register_parametrization(layer, "weight", LowRank(weight.shape, rank))


def merged_state(model: nn.Module, prefix: str = "") -> dict[str, Tensor]:
    """The model's weights with every low-rank change added in, on the CPU, under the names of the plain model.

    Parametrizations of the model's own (weight_norm) are weights like others.
    """
    adapted = {
        name: part
        for name, part in model.named_modules()
        if parametrize.is_parametrized(part, "weight") and isinstance(part.parametrizations["weight"][0], LowRank)
    }
    merged: dict[str, Tensor] = {}
    for key, value in model.state_dict().items():
        owner, _, rest = key.partition(".parametrizations.")
        if owner not in adapted or not rest:
            merged[key] = value
        elif rest == "weight.original":
            merged[f"{owner}.weight"] = adapted[owner].weight  # the changed one
    chosen = {key.removeprefix(prefix): value for key, value in merged.items() if key.startswith(prefix)}
    return {key: value.detach().cpu().clone() for key, value in chosen.items()}

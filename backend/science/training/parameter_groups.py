"""Parameter groups by learning rate: earlier encoder stages learn more slowly, the head fastest."""

from typing import Any

from torch import nn

from backend.science.encoders.base import Encoder
from backend.science.training.finetune_settings import FinetuneSettings


def parameter_groups(model: nn.Module, settings: FinetuneSettings) -> list[dict[str, Any]]:
    """One group per stage and one for the head, with learning rate and weight decay; frozen weights are left out."""
    encoder = model.encoder
    assert isinstance(encoder, Encoder)
    depth_of, head = depths(encoder), len(encoder.stage_parts())
    groups: dict[int, list[nn.Parameter]] = {}
    for parameter in model.parameters():
        if parameter.requires_grad:
            groups.setdefault(depth_of.get(id(parameter), head), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": settings.lr * settings.layer_decay ** (head - depth),
            "weight_decay": settings.weight_decay if depth < head or settings.decay_head else 0.0,
        }
        for depth, parameters in sorted(groups.items())
    ]


def depths(encoder: Encoder) -> dict[int, int]:
    """Stage, from 0, of every weight of the encoder, by the weight's id.

    Weights outside the stages count to the next stage in the module's order (a stem to the first), or to the last
    stage where none follows (a final norm).
    """
    found: dict[int, int] = {}
    all_parts = encoder.stage_parts()
    for stage, parts in enumerate(all_parts):
        for parameter in (parameter for part in parts for parameter in part.parameters()):
            found.setdefault(id(parameter), stage)
    following = len(all_parts) - 1
    for parameter in reversed(list(encoder.parameters())):
        following = found.setdefault(id(parameter), following)
    return found

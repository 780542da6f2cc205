"""Activation checkpointing: inner activations of a block are recomputed in the backward pass to save memory."""

from functools import partial
from typing import Any

from torch import nn
from torch.utils.checkpoint import checkpoint

from backend.errors import BadSettings
from backend.science.encoders.base import Encoder
from backend.science.encoders.convnext import Block
from backend.science.encoders.plugins import PluginEncoder
from backend.science.encoders.vit import VitBlock


def checkpoint_activations(encoder: Encoder) -> int:
    """Checkpoint every block (of a plugin encoder: every stage) and return how many were changed.

    Losses and gradients stay the same. Raises BadSettings for a plugin encoder with BatchNorm, whose running statistics
    would be updated twice a step.
    """
    if isinstance(encoder, PluginEncoder):
        if any(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in encoder.modules()):
            raise BadSettings(
                f"The encoder {encoder.name} has BatchNorm, which computing activations twice would disturb; switch "
                "checkpointing of activations off and use smaller batches with accumulation."
            )
        blocks: list[nn.Module] = [part for part in encoder.stage_list if isinstance(part, nn.Module)]
        if not blocks:
            raise BadSettings(
                f"The encoder {encoder.name} has no stages whose activations could be computed twice; switch "
                "checkpointing of activations off."
            )
    else:
        blocks = [part for part in encoder.modules() if isinstance(part, Block | VitBlock)]
    for block in blocks:
        block.forward = partial(recomputed, block.forward)
    return len(blocks)


def recomputed(forward: Any, *args: Any, **kwargs: Any) -> Any:
    """Run a forward pass whose inner activations are recomputed in the backward pass."""
    return checkpoint(forward, *args, use_reentrant=False, **kwargs)

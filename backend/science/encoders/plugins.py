"""Encoders from elsewhere: any module that turns a volume, a slice or one modality into a vector, a map or tokens.

Forward hooks record the outputs of the stages; the module's output, reduced to a vector, is the embedding. Slices of a
2-D module and modalities of a one-channel module run as further cases of the batch, and are pooled afterwards.
"""

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from backend.errors import BadSettings
from backend.science.encoders.base import Encoder, Widths, reduced
from backend.science.encoders.encoder_kinds import POOLED, USUAL_POOLING, ForeignEncoder, Pooling
from backend.science.encoders.foreign import foreign_of
from backend.science.encoders.stage_outputs import StageOutputs, shape_text

PARTS_AT_ONCE = 32
"""Slices that go through a 2-D module at a time where nothing is learned."""


class PluginEncoder(Encoder):
    """A module from elsewhere as an `Encoder`; `pooling` says how slices and modalities become one embedding."""

    def __init__(self, name: str, foreign: ForeignEncoder, channels: int, pooling: Pooling = USUAL_POOLING) -> None:
        super().__init__()
        self.name = name
        self.module = foreign.module
        self.stage_list = foreign.stages
        self.facts = foreign.facts
        self.channels = len(self.facts.modalities) or channels
        self.pooling = pooling
        self.smallest_side = self.facts.smallest_side
        self._said = foreign.embed_dim
        maps, pooled = probe(self)
        self.dims: Widths = tuple(int(x.shape[-1 if x.ndim == 3 else 1]) for x in maps)
        self.segments = len(maps) > 1 and all(x.ndim == 5 for x in maps)
        self._width = int(pooled.shape[1])

    @property
    def embed_dim(self) -> int:
        return self._width

    def stage_parts(self) -> list[tuple[nn.Module, ...]]:
        parts = [part for part in self.stage_list if isinstance(part, nn.Module)]
        return [(part,) for part in parts or [self.module]]

    def forward_stages(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        if not (self.facts.slice_wise or self.facts.one_channel):
            maps, pooled = self.run(x)
            return maps, pooled
        batch, channels, depth = x.shape[:3]
        parts = x.flatten(0, 1).unsqueeze(1) if self.facts.one_channel else x  # (B * C, 1, D, H, W)
        if self.facts.slice_wise:
            parts = parts.transpose(1, 2).flatten(0, 1)  # (B * D, C, H, W)
        whole = torch.is_grad_enabled() or not self.facts.slice_wise
        groups = [parts] if whole else list(torch.split(parts, PARTS_AT_ONCE))
        found = [(*map(reduced, maps), pooled) for maps, pooled in map(self.run, groups)]
        vectors = [torch.cat(values) for values in zip(*found, strict=True)]
        pooled_parts = [self.pool(vector, batch, channels, depth) for vector in vectors]
        return pooled_parts[:-1], pooled_parts[-1]

    def pool(self, vectors: Tensor, batch: int, channels: int, depth: int) -> Tensor:
        """Embeddings of slices and modalities, (parts, d), pooled to (B, d), or (B, C * d) side by side."""
        if self.facts.slice_wise:
            slices = vectors.reshape(-1, depth, vectors.shape[1])
            vectors = slices.amax(dim=1) if self.pooling.slices == "max" else slices.mean(dim=1)
        if not self.facts.one_channel:
            return vectors
        each = vectors.reshape(batch, channels, -1)
        return each.mean(dim=1) if self.pooling.modalities == "average" else each.flatten(1)

    def run(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Run the module once; return its stages' outputs and its embedding, both checked."""
        outputs = StageOutputs(self.name, self.stage_list)
        with outputs.recorded():
            answer = self.module(x)
        return outputs.maps(answer, len(x)), self.embedding(answer, len(x))

    def embedding(self, answer: Any, batch: int) -> Tensor:
        """Return the embedding (B, d) in an answer. Raises BadSettings for one that holds none."""
        given = answer.get(POOLED) if isinstance(answer, Mapping) else answer
        if isinstance(given, Tensor) and 2 <= given.ndim <= 5 and len(given) == batch:
            pooled = reduced(given)
            if self._said in (None, pooled.shape[1]):
                return pooled
        width, said = ("C", "") if self._said is None else (f"{self._said}", ", its embed_dim")
        raise BadSettings(
            f"The encoder {self.name} gave {shape_text(given)}; it must return (B, {width}){said}, a map of as many "
            f"channels, tokens (B, T, {width}), or tensors by name of which {POOLED!r} is one of these."
        )


@torch.no_grad()
def probe(encoder: PluginEncoder) -> tuple[list[Tensor], Tensor]:
    """Stages and embedding of the smallest volume, all zero. Raises BadSettings for an unfit module."""
    training, side = encoder.training, encoder.smallest_side
    sides = encoder.facts.size_zyx or (side, side, side)
    if encoder.facts.slice_wise:
        sides = (2, *sides[1:])
    encoder.eval()
    try:
        return encoder.forward_stages(torch.zeros(1, encoder.channels, *sides))
    except BadSettings:
        raise
    except Exception as error:  # somebody else's code: anything may come out of it
        size = f"{side}^3" if encoder.facts.size_zyx is None else " x ".join(map(str, sides))
        raise BadSettings(
            f"The encoder {encoder.name} failed on a volume of {size} voxels and {encoder.channels} channels "
            f"({type(error).__name__}: {str(error)[:120]}); set its `smallest_side`, or mend it."
        ) from error
    finally:
        encoder.train(training)


def wrap_plugin(name: str, factory: Any, channels: int, pooling: Pooling = USUAL_POOLING) -> PluginEncoder:
    """Call a plugin's factory (with `channels` if it takes it) and wrap its module. Raises BadSettings for faults."""
    if not callable(factory):
        raise BadSettings(f"The encoder {name} is registered as a {type(factory).__name__}, not as something to call.")
    try:
        takes_channels = "channels" in inspect.signature(factory).parameters
        module = factory(channels=channels) if takes_channels else factory()
    except Exception as error:  # somebody else's code: anything may come out of it
        raise BadSettings(
            f"The encoder {name} could not be built ({type(error).__name__}: {str(error)[:120]}); mend its package."
        ) from error
    return PluginEncoder(name, foreign_of(name, module), channels, pooling)

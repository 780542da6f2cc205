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
from backend.science.compute.out_of_memory import out_of_memory
from backend.science.encoders.base import Widths, reduced
from backend.science.encoders.encoder_kinds import POOLED, USUAL_POOLING, ForeignEncoder, Pooling
from backend.science.encoders.foreign import foreign_of
from backend.science.encoders.probe import ProbedEncoder, in_float32, probe
from backend.science.encoders.stage_outputs import StageOutputs, shape_text

PARTS_AT_ONCE = 32
"""Slices that go through a 2-D module at a time where nothing is learned."""


class PluginEncoder(ProbedEncoder):
    """A module from elsewhere as an `Encoder`; `pooling` says how slices and modalities become one embedding."""

    def __init__(self, name: str, foreign: ForeignEncoder, channels: int, pooling: Pooling = USUAL_POOLING) -> None:
        super().__init__()
        self.name = name
        self.module = in_float32(name, foreign.module)
        self.stage_list = foreign.stages
        self.facts = foreign.facts
        self.channels = len(self.facts.modalities) or channels
        self.pooling = pooling
        self.smallest_side = self.facts.smallest_side
        self._said = foreign.embed_dim
        self._first: int | None = None  # width of what the module gave first
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
        """Run the module; return its stages' outputs and its embedding, both checked."""
        if self.one_by_one and len(x) > 1:
            found = [self.run(part) for part in torch.split(x, 1)]
            maps = [torch.cat(of_stage) for of_stage in zip(*(maps for maps, _ in found), strict=True)]
            return maps, torch.cat([pooled for _, pooled in found])
        outputs = StageOutputs(self.name, self.stage_list)
        try:
            with outputs.recorded():
                answer = self.module(x)
        except BadSettings:
            raise
        except Exception as error:  # somebody else's code: anything may come out of it
            if out_of_memory(error):
                raise
            sides = " x ".join(map(str, x.shape[2:]))
            raise BadSettings(
                f"The encoder {self.name} failed on {sides} voxels of {x.shape[1]} channels ({told(error)}); give it a "
                "size it takes, say so in its `smallest_side` or `size_zyx`, or mend it."
            ) from error
        return outputs.maps(answer, len(x)), self.embedding(answer, len(x))

    def embedding(self, answer: Any, batch: int) -> Tensor:
        """Return the embedding (B, d) in an answer. Raises BadSettings for one that holds none."""
        given = answer.get(POOLED) if isinstance(answer, Mapping) else answer
        if isinstance(given, Tensor) and 2 <= given.ndim <= 5 and len(given) == batch:
            if not given.is_floating_point():
                kind = str(given.dtype).removeprefix("torch.")
                raise BadSettings(f"The encoder {self.name} gave {kind} numbers; an embedding is of float32.")
            pooled = reduced(given)
            wide = int(pooled.shape[1])
            self._first = self._first or wide
            if wide != self._first:
                raise BadSettings(
                    f"The embedding of {self.name} has {wide} numbers for this input and {self._first} for its "
                    "smallest; average over space in it, or say its `size_zyx`."
                )
            if self._said in (None, wide):
                return pooled.float()
        width, said = ("C", "") if self._said is None else (f"{self._said}", ", its embed_dim")
        raise BadSettings(
            f"The encoder {self.name} gave {shape_text(given)}; it must return (B, {width}){said}, a map of as many "
            f"channels, tokens (B, T, {width}), or tensors by name of which {POOLED!r} is one of these."
        )


def told(error: Exception) -> str:
    """The kind of an error, and the line of its message that says what went wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[-1 if "TorchScript interpreter" in str(error) else 0] if lines else ""
    return f"{type(error).__name__}: {line[:120]}" if line else type(error).__name__


def wrap_plugin(name: str, factory: Any, channels: int, pooling: Pooling = USUAL_POOLING) -> PluginEncoder:
    """Call a plugin's factory (with `channels` if it takes it) and wrap its module. Raises BadSettings for faults."""
    if not callable(factory):
        raise BadSettings(
            f"The encoder {name} is registered as a {type(factory).__name__}, not as something to call; register a "
            "function."
        )
    try:
        takes_channels = "channels" in inspect.signature(factory).parameters
        module = factory(channels=channels) if takes_channels else factory()
    except Exception as error:  # somebody else's code: anything may come out of it
        raise BadSettings(
            f"The encoder {name} could not be built ({type(error).__name__}: {str(error)[:120]}); mend its package."
        ) from error
    return PluginEncoder(name, foreign_of(name, module), channels, pooling)

"""The interface of every encoder, built in or from elsewhere."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from backend.science.encoders.encoder_kinds import InputFacts

Widths = tuple[int, ...]


class Encoder(nn.Module, ABC):
    """A network with one embedding per volume, and stages where it has some.

    `channels` is the number of input channels, `dims` are the channels of the stages' outputs (empty: no stages),
    `embed_dim` is the width of the embedding. Every side of an input must be at least `smallest_side` voxels.
    `segments`: the stages are at least two maps (B, C, d, h, w), which a segmenter can be built on.
    """

    channels: int
    dims: Widths
    smallest_side: int
    segments: bool = True
    facts: InputFacts = InputFacts()

    @property
    @abstractmethod
    def embed_dim(self) -> int:
        """Width of the pooled embedding."""

    @abstractmethod
    def forward_stages(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the stages' outputs and the embedding (B, embed_dim) of x (B, channels, D, H, W).

        A stage's output is (B, dims[i]), a map (B, dims[i], ...) of one to three axes of space, or tokens
        (B, T, dims[i]).
        """

    def stage_parts(self) -> list[tuple[nn.Module, ...]]:
        """The modules of each stage, first to last; one part of everything where there are no stages."""
        return [(self,)]

    def forward(self, x: Tensor) -> Tensor:
        """Return the embedding (B, embed_dim) only."""
        return self.forward_stages(x)[1]


def map_stages(encoder: Encoder, x: Tensor) -> list[Tensor]:
    """Return the stages' outputs only."""
    return encoder.forward_stages(x)[0]


def reduced(x: Tensor) -> Tensor:
    """The embedding (B, C) of (B, C) itself, of a map (B, C, h, w) or (B, C, d, h, w), or of tokens (B, T, C)."""
    if x.ndim == 2:
        return x
    return x.mean(dim=1) if x.ndim == 3 else x.mean(dim=tuple(range(2, x.ndim)))

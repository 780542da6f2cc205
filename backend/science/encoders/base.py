"""The interface of every encoder, built in or from a plugin."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

Widths = tuple[int, int, int, int]


class Encoder(nn.Module, ABC):
    """A network with four stage maps and one embedding per volume.

    `channels` is the number of input channels, `dims` are the channels of the four stage maps, `embed_dim` is the width
    of the embedding. Every side of an input must be at least `smallest_side` voxels.
    """

    channels: int
    dims: Widths
    smallest_side: int

    @property
    @abstractmethod
    def embed_dim(self) -> int:
        """Width of the pooled embedding."""

    @abstractmethod
    def forward_stages(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the stage maps (B, dims[i], d, h, w) and the embedding (B, embed_dim) of x (B, channels, D, H, W)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the embedding (B, embed_dim) only."""
        return self.forward_stages(x)[1]


def map_stages(encoder: Encoder, x: Tensor) -> list[Tensor]:
    """Return the four stage maps only."""
    return encoder.forward_stages(x)[0]

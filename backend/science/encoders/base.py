"""What every encoder of this project can do, whoever wrote it."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

Widths = tuple[int, int, int, int]


class Encoder(nn.Module, ABC):
    """A network that describes a volume in four stages and in one vector.

    `channels` enter, `dims` are the channels of the four stage maps, `embed_dim` is the width of the vector. Every side
    of an input must be at least `smallest_side` voxels.
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
        """(B, channels, D, H, W) -> the four stage maps (B, dims[i], d, h, w) and the embedding (B, embed_dim)."""

    def forward(self, x: Tensor) -> Tensor:
        """The embedding alone."""
        return self.forward_stages(x)[1]


def map_stages(encoder: Encoder, x: Tensor) -> list[Tensor]:
    """The four stage maps alone."""
    return encoder.forward_stages(x)[0]

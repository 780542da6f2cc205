"""3-D ConvNeXt V2, the architecture of ProFound (arXiv 2603.03961; ConvNeXt V2: arXiv 2301.00808).

Shapes: B batch, C channels, d h w a feature map's depth, height, width. The stem divides the input by 4, stages 2
and 3 by 2 each, stage 4 not at all: the maps of stages 3 and 4 have 1/16 of the input's resolution.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.errors import BadSettings
from backend.science.encoders.base import Encoder, Widths
from backend.science.encoders.depthwise import DepthwiseConv
from backend.science.encoders.sizes import SIZES, EncoderSize
from backend.science.encoders.stem import kernel_of

EPSILON = 1e-6
STRIDES = (4, 8, 16, 16)
SMALLEST_SIDE = 16
STEM = "downsample_layers.0.0.weight"


def encoder_size(arch: str) -> EncoderSize:
    """Return the size called `arch`. Raises BadSettings for an unknown name."""
    if arch not in SIZES:
        raise BadSettings(f"There is no encoder called {arch!r}; choose one of {', '.join(SIZES)}.")
    return SIZES[arch]


class ChannelNorm(nn.LayerNorm):
    """LayerNorm over the channels of a channels-first map, (B, C, d, h, w) -> the same."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 4, 1)).permute(0, 4, 1, 2, 3)


class GlobalResponseNorm(nn.Module):
    """GRN on channels-last maps: G = L2 norm over space, N = G / (mean over channels of G + 1e-6)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, 1, channels))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, 1, channels))

    def forward(self, x: Tensor) -> Tensor:
        energy = torch.linalg.vector_norm(x, dim=(1, 2, 3), keepdim=True)  # (B, 1, 1, 1, C)
        relative = energy / (energy.mean(dim=-1, keepdim=True) + EPSILON)
        return torch.addcmul(self.beta.to(x.dtype), x, self.gamma * relative + 1.0)


class Block(nn.Module):
    """Depthwise 7^3 -> LayerNorm -> Linear 4x -> GELU -> GRN -> Linear -> + input.

    With `visible`, hidden voxels of the input must be zero and stay zero. Visible voxels and GRN's norm then equal
    those of a sparse convolution over the visible voxels.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dwconv = DepthwiseConv(channels)
        self.norm = nn.LayerNorm(channels, eps=EPSILON)
        self.pwconv1 = nn.Linear(channels, 4 * channels)
        self.grn = GlobalResponseNorm(4 * channels)
        self.pwconv2 = nn.Linear(4 * channels, channels)

    def forward(self, x: Tensor, visible: Tensor | None = None) -> Tensor:
        y = self.dwconv(x).permute(0, 2, 3, 4, 1)  # (B, d, h, w, C)
        y = functional.gelu(self.pwconv1(self.norm(y)))  # (B, d, h, w, 4C)
        if visible is not None:
            y = y * visible.permute(0, 2, 3, 4, 1)
        y = self.pwconv2(self.grn(y)).permute(0, 4, 1, 2, 3)
        output: Tensor = x + (y if visible is None else y * visible)
        return output


class ConvNeXt(Encoder):
    """The encoder: (B, channels, D, H, W) -> pooled embedding (B, embed_dim)."""

    def __init__(self, size: EncoderSize, channels: int = 3) -> None:
        super().__init__()
        self.size = size
        self.channels = channels
        self.smallest_side = SMALLEST_SIDE
        dims = size.dims
        self.dims: Widths = dims
        stem = nn.Sequential(nn.Conv3d(channels, dims[0], kernel_size=4, stride=4), ChannelNorm(dims[0]))
        self.downsample_layers = nn.ModuleList([stem])
        for previous, dim, stride in zip(dims[:3], dims[1:], (2, 2, 1), strict=True):
            step = nn.Conv3d(previous, dim, kernel_size=stride, stride=stride)
            self.downsample_layers.append(nn.Sequential(ChannelNorm(previous), step))
        self.stages = nn.ModuleList(
            nn.Sequential(*(Block(dim) for _ in range(depth))) for depth, dim in zip(size.depths, dims, strict=True)
        )
        self.norm = nn.LayerNorm(dims[3], eps=EPSILON)
        self.apply(initialise)

    @property
    def embed_dim(self) -> int:
        """Width of the pooled embedding."""
        return self.dims[3]

    def feature_maps(self, x: Tensor, visible: Tensor | None = None) -> list[Tensor]:
        """The four stage outputs, (B, dims[i], D / s, H / s, W / s) with s = 4, 8, 16, 16.

        `visible` (B, 1, d, h, w), at the stem's resolution, is 1 where a masked autoencoder sees and 0 elsewhere.
        """
        maps: list[Tensor] = []
        for index, blocks in enumerate(self.stages):
            x, visible = self.downsampled(index, x, visible)
            for block in blocks:  # type: ignore[attr-defined] # ModuleList is typed as a list of plain modules
                x = block(x, visible)
            maps.append(x)
        return maps

    def downsampled(self, index: int, x: Tensor, visible: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Input of stage `index` and its mask; a voxel is visible where any voxel it was computed from is visible."""
        step = self.downsample_layers[index]
        assert isinstance(step, nn.Sequential)
        first, second = step
        if visible is None:
            return second(first(x)), None
        if index == 0:
            return second(first(x)) * visible, visible
        x = second(first(x) * visible)  # LayerNorm gives hidden voxels its bias
        visible = functional.max_pool3d(visible, 2) if index < 3 else visible
        return x * visible, visible

    def pooled(self, last: Tensor) -> Tensor:
        """Stage 4 (B, dims[3], d, h, w) -> embedding (B, dims[3]): LayerNorm of the global average."""
        embedding: Tensor = self.norm(last.mean(dim=(2, 3, 4)))
        return embedding

    def stage_parts(self) -> list[tuple[nn.Module, ...]]:
        return list(zip(self.downsample_layers, self.stages, strict=True))

    def forward_stages(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        maps = self.feature_maps(x)
        return maps, self.pooled(maps[-1])


def initialise(module: nn.Module) -> None:
    """Initialise weights from a truncated normal (SD 0.02) and biases with zero, as ConvNeXt V2 does."""
    if isinstance(module, nn.Conv3d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def build_encoder(arch: str, channels: int = 3, like: Mapping[str, Tensor] | None = None) -> ConvNeXt:
    """Build an encoder of the size called `arch`, initialised from torch's current random state.

    The channels are those of the weights `like`, where they have a stem.
    """
    stem = kernel_of(like or {}, STEM)
    return ConvNeXt(encoder_size(arch), channels if stem is None else int(stem.shape[1]))

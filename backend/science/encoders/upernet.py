"""The UPerNet segmenter in 3-D (arXiv 1807.10221), as ProFound uses it.

Pyramid pooling, a feature pyramid and an auxiliary head on the last stage but one, which is stage 3 of ProFound's four.
The width is 512 in ProFound; a CPU can train widths of 32 to 64.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.errors import BadSettings
from backend.science.encoders.base import Encoder, Widths, map_stages
from backend.science.encoders.convnext import ChannelNorm

POOLED_SIDES = (1, 2, 3, 6)


class ConvUnit(nn.Module):
    """Conv3d without bias -> channels-first LayerNorm -> GELU; the size of the map stays."""

    def __init__(self, channels: int, width: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels, width, kernel_size=kernel, padding=kernel // 2, bias=False)
        self.batch_norm = ChannelNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        return functional.gelu(self.batch_norm(self.conv(x)))


def resized(x: Tensor, like: torch.Size) -> Tensor:
    """Resize a map to the last three sides of `like` by trilinear interpolation."""
    return functional.interpolate(x, size=like[-3:], mode="trilinear", align_corners=False)


class DecodeHead(nn.Module):
    """Two or more stage maps -> logits (B, classes, d1, h1, w1) at stage 1's resolution."""

    def __init__(self, dims: Widths, width: int, classes: int) -> None:
        super().__init__()
        self.classifier = nn.Conv3d(width, classes, kernel_size=1)
        self.psp_modules = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool3d(side), ConvUnit(dims[-1], width, 1)) for side in POOLED_SIDES
        )
        self.bottleneck = ConvUnit(dims[-1] + len(POOLED_SIDES) * width, width, 3)
        self.lateral_convs = nn.ModuleList(ConvUnit(dim, width, 1) for dim in dims[:-1])
        self.fpn_convs = nn.ModuleList(ConvUnit(width, width, 3) for _ in dims[:-1])
        self.fpn_bottleneck = ConvUnit(len(dims) * width, width, 3)

    def pyramid(self, last: Tensor) -> Tensor:
        """Pyramid pooling of the last stage, (B, dims[-1], d, h, w) -> (B, width, d, h, w)."""
        contexts = [resized(pool(last), last.shape) for pool in self.psp_modules]
        top: Tensor = self.bottleneck(torch.cat([last, *contexts], dim=1))
        return top

    def forward(self, maps: list[Tensor]) -> Tensor:
        levels = [lateral(x) for lateral, x in zip(self.lateral_convs, maps[:-1], strict=True)]
        levels.append(self.pyramid(maps[-1]))
        for index in reversed(range(len(maps) - 1)):
            levels[index] = levels[index] + resized(levels[index + 1], levels[index].shape)
        refined = [unit(level) for unit, level in zip(self.fpn_convs, levels[:-1], strict=True)]
        finest = refined[0].shape
        joined = torch.cat(
            [resized(level, finest) for level in [*refined, levels[-1]]], dim=1
        )  # (B, stages * w, d1, h1, w1)
        logits: Tensor = self.classifier(self.fpn_bottleneck(joined))
        return logits


class AuxiliaryHead(nn.Module):
    """Head on the last stage but one for deep supervision: logits (B, classes, d, h, w)."""

    def __init__(self, channels: int, width: int, classes: int) -> None:
        super().__init__()
        self.convs = nn.Sequential(ConvUnit(channels, width, 3))
        self.classifier = nn.Conv3d(width, classes, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.convs(x))
        return logits


class Segmenter(nn.Module):
    """Encoder and UPerNet, (B, 3, D, H, W) -> logits (B, classes, D, H, W)."""

    def __init__(self, encoder: Encoder, width: int = 512, classes: int = 1) -> None:
        super().__init__()
        if not encoder.segments:
            raise BadSettings(
                "Segmentation needs an encoder with at least two stages that are maps (B, C, d, h, w), and this one "
                "has none; choose a task on the embedding, or another encoder."
            )
        dims = encoder.dims
        self.encoder = encoder
        self.decode_head = DecodeHead(dims, width, classes)
        self.auxiliary_head = AuxiliaryHead(dims[-2], width // 2, classes)
        self.hidden_norm = nn.ModuleList(ChannelNorm(dim) for dim in dims)

    def normed_maps(self, x: Tensor) -> list[Tensor]:
        """The stage maps, each normalised by its own layer."""
        return [norm(y) for norm, y in zip(self.hidden_norm, map_stages(self.encoder, x), strict=True)]

    def forward(self, x: Tensor) -> Tensor:
        return resized(self.decode_head(self.normed_maps(x)), x.shape)

    def deeply_supervised(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the main and of the auxiliary head, both (B, classes, D, H, W)."""
        maps = self.normed_maps(x)
        auxiliary = self.auxiliary_head(maps[-2])
        return resized(self.decode_head(maps), x.shape), resized(auxiliary, x.shape)

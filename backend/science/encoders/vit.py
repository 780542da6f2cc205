"""A 3-D vision transformer, ProFound's other encoder (arXiv 2603.03961): names as in timm and in masked autoencoders.

Patches along z, y, x become tokens; fixed sin-cos positions are added, and a class token goes first. A stage is a
quarter of the blocks; its map is the patches' tokens on their grid. The embedding is the mean of the normalised tokens.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.errors import BadSettings
from backend.science.encoders.base import Encoder, Widths
from backend.science.encoders.positions import Grid, grid_of, table
from backend.science.encoders.sizes import VIT_SIZES, VitSize
from backend.science.encoders.stem import ends_in, kernel_of
from backend.science.types import Size

EPSILON = 1e-6
STAGES = 4
PATCH: Size = (16, 16, 16)
PROJECTION, POSITIONS = "patch_embed.proj.weight", "pos_embed"


class Attention(nn.Module):
    """Self-attention of all tokens, (B, T, C) -> the same."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, channels = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, channels // self.heads).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v)  # (B, heads, T, C / heads)
        answer: Tensor = self.proj(mixed.transpose(1, 2).reshape(batch, tokens, channels))
        return answer


class Feedforward(nn.Module):
    """Linear 4x -> GELU -> Linear."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, 4 * channels)
        self.fc2 = nn.Linear(4 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.fc2(functional.gelu(self.fc1(x)))
        return answer


class VitBlock(nn.Module):
    """x + attention of its LayerNorm, then + feedforward of its LayerNorm."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, eps=EPSILON)
        self.attn = Attention(channels, heads)
        self.norm2 = nn.LayerNorm(channels, eps=EPSILON)
        self.mlp = Feedforward(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        answer: Tensor = x + self.mlp(self.norm2(x))
        return answer


class PatchEmbedding(nn.Module):
    """Patches of a volume as tokens: (B, channels, D, H, W) -> (B, C, d, h, w)."""

    def __init__(self, channels: int, width: int, patch: Size) -> None:
        super().__init__()
        self.proj = nn.Conv3d(channels, width, kernel_size=patch, stride=patch)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.proj(x)
        return answer


class Vit(Encoder):
    """The encoder. `positions`: the table of a file, (1, 1 + tokens, C); None = that of the grid of each input."""

    pos_embed: Tensor | None

    def __init__(self, size: VitSize, channels: int = 3, patch: Size = PATCH, positions: int | None = None) -> None:
        super().__init__()
        self.channels, self.width, self.patch = channels, size.width, patch
        self.smallest_side = max(patch)
        self.dims: Widths = (size.width,) * STAGES
        self.patch_embed = PatchEmbedding(channels, size.width, patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, size.width))
        stored = None if positions is None else torch.zeros(1, positions, size.width)
        self.register_buffer(POSITIONS, stored)
        self.blocks = nn.ModuleList(VitBlock(size.width, size.heads) for _ in range(size.depth))
        self.norm = nn.LayerNorm(size.width, eps=EPSILON)
        self.apply(initialise)
        nn.init.normal_(self.cls_token, std=0.02)

    @property
    def embed_dim(self) -> int:
        return self.width

    def stage_parts(self) -> list[tuple[nn.Module, ...]]:
        quarter = len(self.blocks) // STAGES
        blocks = list(self.blocks)
        return [tuple(blocks[start : start + quarter]) for start in range(0, len(blocks), quarter)]

    def positions_of(self, grid: Grid) -> Tensor:
        """Positions of the class token and of every patch, (1, 1 + tokens, C). Raises BadSettings for another grid."""
        if self.pos_embed is None:
            return table(grid, self.width).to(self.cls_token.device)
        tokens = self.pos_embed.shape[1] - 1
        own = grid_of(self.pos_embed)
        if (own is not None and own != grid) or grid[0] * grid[1] * grid[2] != tokens:
            voxels = zip(own or (), self.patch, strict=False)
            sides = "" if own is None else f" ({' x '.join(str(number * side) for number, side in voxels)} voxels)"
            raise BadSettings(
                f"The positions in this encoder's file are those of {tokens} patches{sides}; an input of "
                f"{' x '.join(map(str, grid))} patches does not fit them, choose the size it was trained with."
            )
        return self.pos_embed

    def forward_stages(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        patches = self.patch_embed(x)
        depth, height, width = patches.shape[2:]
        positions = self.positions_of((depth, height, width))
        tokens = patches.flatten(2).transpose(1, 2) + positions[:, 1:]
        first = (self.cls_token + positions[:, :1]).expand(len(x), -1, -1)
        tokens = torch.cat([first, tokens], dim=1)
        maps: list[Tensor] = []
        for part in self.stage_parts():
            for block in part:
                tokens = block(tokens)
            maps.append(tokens[:, 1:].transpose(1, 2).reshape(patches.shape))
        return maps, self.norm(tokens)[:, 1:].mean(dim=1)


def initialise(module: nn.Module) -> None:
    """Initialise linear layers as masked autoencoders do (Xavier), the projection of patches like them."""
    if isinstance(module, nn.Linear | nn.Conv3d):
        nn.init.xavier_uniform_(module.weight.view(module.weight.shape[0], -1))
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def build_vit(arch: str, channels: int = 3, like: Mapping[str, Tensor] | None = None) -> Vit:
    """Build the encoder called `arch`, with the channels, patch and table of positions of the weights `like`."""
    given = like or {}
    kernel = kernel_of(given, PROJECTION)
    stored = next((value for name, value in given.items() if ends_in(name, POSITIONS) and value.ndim == 3), None)
    patch = PATCH if kernel is None else (int(kernel.shape[2]), int(kernel.shape[3]), int(kernel.shape[4]))
    own = channels if kernel is None else int(kernel.shape[1])
    return Vit(VIT_SIZES[arch], own, patch, None if stored is None else int(stored.shape[1]))

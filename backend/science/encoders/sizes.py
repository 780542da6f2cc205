"""The sizes of the built-in encoders; nothing here needs torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EncoderSize:
    """Blocks and channels of the four stages."""

    depths: tuple[int, int, int, int]
    dims: tuple[int, int, int, int]


@dataclass(frozen=True)
class VitSize:
    """Channels of a token, blocks, and heads of attention."""

    width: int
    depth: int
    heads: int


VIT_SIZES = {
    "vit3d-tiny": VitSize(192, 12, 3),
    "vit3d-small": VitSize(384, 12, 6),
    "vit3d-base": VitSize(768, 12, 12),
}
SIZES = {
    "convnextv2-atto": EncoderSize((2, 2, 6, 2), (40, 80, 160, 320)),
    "convnextv2-femto": EncoderSize((2, 2, 6, 2), (48, 96, 192, 384)),
    "convnextv2-pico": EncoderSize((2, 2, 6, 2), (64, 128, 256, 512)),
    "convnextv2-nano": EncoderSize((2, 2, 8, 2), (80, 160, 320, 640)),
    "convnextv2-tiny": EncoderSize((3, 3, 9, 3), (96, 192, 384, 768)),
    "convnextv2-base": EncoderSize((3, 3, 27, 3), (128, 256, 512, 1024)),
    "convnextv2-large": EncoderSize((3, 3, 27, 3), (192, 384, 768, 1536)),
}

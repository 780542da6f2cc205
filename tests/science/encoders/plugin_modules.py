"""A package that brings encoders, written into a folder as pip would install it."""

from pathlib import Path

SOURCE = '''
import torch
from torch import nn


class Small(nn.Module):
    """Four convolutions; the embedding is wider than the last map."""

    smallest_side = 16

    def __init__(self, channels=3, width=4):
        super().__init__()
        sizes = [channels, width, 2 * width, 3 * width, 4 * width]
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Conv3d(a, b, 3, stride=2, padding=1), nn.ReLU()) for a, b in zip(sizes, sizes[1:])
        )
        self.last = nn.Linear(4 * width, 10)
        self.embed_dim = 10

    def forward(self, x):
        for stage in self.stages:
            x = stage(x)
        return self.last(x.mean(dim=(2, 3, 4)))


class Mapped(Small):
    """Answers with its last map."""

    def __init__(self):
        super().__init__()
        del self.last
        self.embed_dim = 16

    def forward(self, x):
        for stage in self.stages:
            x = stage(x)
        return x


class Skipping(Small):
    def forward(self, x):
        return self.last(self.stages[3](self.stages[2](self.stages[1](self.stages[0](x)))).mean(dim=(2, 3, 4)))[:, :4]


def three():
    module = Small()
    module.stages = module.stages[:3]
    return module


def broken():
    raise RuntimeError("no weights")


number = 5
'''
POINTS = {
    "small3d": "Small",
    "mapped": "Mapped",
    "narrow": "Skipping",
    "three": "three",
    "broken": "broken",
    "number": "number",
    "absent": "absent",
    "convnextv2-atto": "Small",
}


def install(folder: Path) -> None:
    """Writes the module and its metadata into a folder of the import path."""
    (folder / "small_encoders.py").write_text(SOURCE)
    info = folder / "small_encoders-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: small-encoders\nVersion: 1.0\n")
    points = "\n".join(f"{name} = small_encoders:{target}" for name, target in POINTS.items())
    (info / "entry_points.txt").write_text(f"[radiomiclens.encoders]\n{points}\n")

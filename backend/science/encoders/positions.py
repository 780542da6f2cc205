"""Fixed sin-cos positions of the patches of a volume, as ProFound's code makes them.

That code mixes up the axes of its grid: numpy's meshgrid of (z, x, y) in "xy" order is read as if it were (z, y, x).
The positions that its encoders were trained with are these all the same. A table in plain order is recognised as well.
"""

import math
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Grid = tuple[int, int, int]
CLOSE = 1e-4
LARGEST_TABLE = 100_000
"""Tokens above which a table's grid is not looked for."""


def table(grid: Grid, width: int, plain: bool = False) -> Tensor:
    """Positions (1, 1 + d h w, width) float32 of a grid of (d, h, w) patches; those of the class token are zero."""
    sides = [np.arange(side, dtype=np.float32) for side in grid]
    published = np.meshgrid(sides[0], sides[2], sides[1], indexing="xy")
    places = np.meshgrid(*sides, indexing="ij") if plain else published
    parts = [waves(width // 3, place.reshape(-1)) for place in places]
    rows = np.concatenate([np.zeros((1, 3 * (width // 3))), np.concatenate(parts, axis=1)])
    return torch.from_numpy(rows.astype(np.float32)).unsqueeze(0)


def waves(width: int, places: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sines, then cosines, of places (n,) at width / 2 frequencies from 1 down to 1 / 10000: (n, width)."""
    frequencies = 1.0 / 10000 ** (np.arange(width // 2) / (width / 2.0))
    angles = np.outer(places, frequencies)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def grid_of(positions: Tensor) -> Grid | None:
    """The grid a table (1, 1 + tokens, width) belongs to; None where it is not a sin-cos table, but a learned one."""
    return _known_grid(positions.detach().cpu().float().numpy().tobytes(), positions.shape[1], positions.shape[2])


@lru_cache(maxsize=8)
def _known_grid(content: bytes, rows: int, width: int) -> Grid | None:
    found = torch.frombuffer(bytearray(content), dtype=torch.float32).reshape(1, rows, width)
    tokens = rows - 1
    if tokens > LARGEST_TABLE or width % 6:
        return None
    for depth in divisors(tokens):
        for height in divisors(tokens // depth):
            grid = (depth, height, tokens // depth // height)
            if any((table(grid, width, plain) - found).abs().max() <= CLOSE for plain in (False, True)):
                return grid
    return None


def divisors(number: int) -> list[int]:
    """All divisors, the smallest first."""
    small = [one for one in range(1, math.isqrt(number) + 1) if number % one == 0]
    return sorted({*small, *(number // one for one in small)})

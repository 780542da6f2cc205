"""The pelvis around the gland as tissue labels, and the tissue table that gland and pelvis share.

Landmarks are placed as in an axial scan: levator ani around gland and rectum, obturator internus and bone beside
them, symphysis in front, bladder above and in front, seminal vesicles above and behind. Coordinates in mm, LPS-like.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from backend.science.synthetic.anatomy import Bytes, Field
from backend.science.types import Float32Array

Point = tuple[float, float, float]
Draws = npt.NDArray[np.float64]


class Kind(IntEnum):
    """Tissue labels."""

    AIR = 0
    FAT = 1
    MUSCLE = 2
    MARROW = 3
    CORTEX = 4
    URINE = 5
    WALL = 6
    STOOL = 7
    GAS = 8
    VEIN = 9
    VESICLE = 10
    PZ = 11
    TZ = 12
    STROMA = 13
    BUNDLE = 14
    MUCOSA = 15


# T2-weighted signal (PZ about 300), diffusion (1e-6 mm2/s), water signal of fat-suppressed diffusion imaging at b = 0.
# Chosen so that gland ADC averages 1300 - 1450 as in the real cases; muscle, urine and marrow as in pelvic MRI at 3 T.
TISSUE: dict[Kind, tuple[float, float, float]] = {
    Kind.AIR: (4, 0, 0.00),
    Kind.FAT: (350, 300, 0.06),
    Kind.MUSCLE: (75, 1250, 0.34),
    Kind.MARROW: (250, 500, 0.10),
    Kind.CORTEX: (22, 400, 0.03),
    Kind.URINE: (760, 2900, 2.60),
    Kind.WALL: (105, 1350, 0.55),
    Kind.STOOL: (90, 1100, 0.25),
    Kind.GAS: (8, 0, 0.01),
    Kind.VEIN: (270, 1700, 0.40),
    Kind.VESICLE: (420, 1750, 1.10),
    Kind.PZ: (310, 1680, 1.25),
    Kind.TZ: (165, 1270, 1.00),
    Kind.STROMA: (85, 1050, 0.70),
    Kind.BUNDLE: (140, 1300, 0.40),
    Kind.MUCOSA: (210, 1300, 0.45),
}
# Share of the T2 signal that varies (standard deviation), and that fascia and septa remove along thin dark lines.
MOTTLE = {
    Kind.FAT: (0.12, 0.50),
    Kind.MUSCLE: (0.16, 0.15),
    Kind.MARROW: (0.14, 0.15),
    Kind.VEIN: (0.30, 0.75),
    Kind.VESICLE: (0.25, 0.65),
    Kind.STOOL: (0.40, 0.30),
    Kind.WALL: (0.20, 0.20),
}


@dataclass(frozen=True)
class Gland:
    """Centre and half extents (mm, x y z) of the gland in the field: the pelvis is built about them."""

    centre: tuple[float, float, float]
    half: tuple[float, float, float]


def gland_box(gland: npt.NDArray[np.bool_], grid: Field) -> Gland:
    """Bounding box of a gland mask (z, y, x) in mm from the field's centre."""
    centre, half = [], []
    for axis in range(3):
        found = np.flatnonzero(gland.any(axis=tuple(a for a in range(3) if a != 2 - axis)))
        place = grid.axis(axis)[found] if found.size else np.zeros(1, np.float32)
        centre.append(float(place.min() + place.max()) / 2)
        half.append(max(float(place.max() - place.min() + grid.spacing[axis]) / 2, 10.0))
    return Gland((centre[0], centre[1], centre[2]), (half[0], half[1], half[2]))


class Painter:
    """Paints ellipsoids and pillars (head-foot cylinders) over a label field, in mm from the gland's centre."""

    def __init__(self, grid: Field, gland: Gland, sway: Float32Array) -> None:
        self.x = (grid.axis(0) - gland.centre[0])[None, None, :]
        self.y = (grid.axis(1) - gland.centre[1])[None, :, None]
        self.z = (grid.axis(2) - gland.centre[2])[:, None, None]
        self.sway = sway
        self.labels = np.full(grid.shape, Kind.FAT, np.uint8)

    def ellipsoid(self, kind: Kind, at: Point, axes: Point, lean: float = 0.0, wobble: float = 1.0) -> None:
        """Draw an ellipsoid; `lean` is its axial rotation (radians), `wobble` scales its outline's random deviation."""
        level = self._section(at[:2], axes[:2], lean) + ((self.z - at[2]) / axes[2]) ** 2
        self.labels[level + np.float32(wobble) * self.sway < 1.0] = kind

    def pillar(self, kind: Kind, at: tuple[float, float], axes: tuple[float, float], lean: float = 0.0) -> None:
        self.labels[self._section(at, axes, lean) + self.sway < 1.0] = kind

    def _section(self, at: tuple[float, float], axes: tuple[float, float], lean: float) -> Float32Array:
        cos, sin = float(np.cos(lean)), float(np.sin(lean))
        dx, dy = self.x - at[0], self.y - at[1]
        level: Float32Array = np.square((dx * cos + dy * sin) / axes[0]) + np.square((dy * cos - dx * sin) / axes[1])
        return level


def paint_pelvis(grid: Field, gland: Gland, rng: np.random.Generator) -> Bytes:
    """Tissue labels (z, y, x) of everything but the gland, painted in order: later ones cover earlier ones."""
    paint = Painter(grid, gland, _sway(grid, rng))
    jitter = rng.uniform(-1.0, 1.0, 8)
    paint.labels[(paint.x / 185.0) ** 2 + ((paint.y - 10) / 118.0) ** 2 + 0 * paint.z > 1.0] = Kind.AIR
    for side in (-1.0, 1.0):
        _side_wall(paint, gland, side, jitter)
    _floor(paint, gland, jitter, gas=bool(rng.random() < 0.35))
    for side in (-1.0, 1.0):
        _bundle(paint, gland, side)
    _bladder(paint, gland, jitter)
    return paint.labels


def _side_wall(paint: Painter, gland: Gland, side: float, jitter: Draws) -> None:
    ex, ey, ez = gland.half
    wide, front = ex + 19 + 2 * jitter[0], -ey - 25 - 2 * jitter[2]
    paint.pillar(Kind.MUSCLE, (side * (ex + 48), ey + 58), (42, 17), side * 0.45)  # gluteus maximus
    paint.pillar(Kind.MUSCLE, (side * (ex + 38), -ey - 48), (24, 14), side * 0.3)  # pectineus
    paint.pillar(Kind.CORTEX, (side * (wide + 25), -4.0), (20, 32), side * 0.12)  # ischium and acetabulum
    paint.pillar(Kind.MARROW, (side * (wide + 25), -4.0), (17.6, 29.5), side * 0.12)
    paint.pillar(Kind.MUSCLE, (side * wide, 2.0 + 2 * jitter[1]), (8.5, 30), side * -0.16)  # obturator internus
    paint.ellipsoid(Kind.CORTEX, (side * 20, front, -ez * 0.5), (22, 10.5, ez * 1.5), side * 0.5)  # pubic bone
    paint.ellipsoid(Kind.MARROW, (side * 20, front, -ez * 0.5), (19.8, 8.4, ez * 1.42), side * 0.5)


def _floor(paint: Painter, gland: Gland, jitter: Draws, gas: bool) -> None:
    """Paint the levator ani with fat inside, the rectum in it, the dorsal venous complex in front."""
    ex, ey, ez = gland.half
    wide, deep = 17.0 + 4 * jitter[3], 12.5 + 3 * jitter[4]
    behind = ey + 2 * deep
    paint.pillar(Kind.MUSCLE, (0, (behind - ey) / 2 + 1), (ex + 7.5, (behind + ey) / 2 + 7))
    paint.pillar(Kind.FAT, (0, (behind - ey) / 2), (ex + 4.2, (behind + ey) / 2 + 3.5))
    at = (3 * jitter[5], ey + deep + 0.3)
    paint.pillar(Kind.WALL, at, (wide, deep))
    paint.pillar(Kind.MUCOSA, at, (wide - 2.8, deep - 2.8))
    paint.pillar(Kind.STOOL, at, (wide - 3.8, deep - 3.8))
    if gas:
        paint.pillar(Kind.GAS, (at[0], at[1] - 1.0), ((wide - 4) * 0.8, (deep - 4) * 0.55))
    paint.ellipsoid(Kind.VEIN, (0, -ey - 4.0, -ez * 0.2), (ex * 0.95, 8.0, ez * 1.6), 0.0, 3.0)


def _bundle(paint: Painter, gland: Gland, side: float) -> None:
    """Paint veins and the neurovascular bundle beside the gland, and the seminal vesicle above."""
    ex, ey, ez = gland.half
    paint.pillar(Kind.VEIN, (side * (ex * 0.97 + 1.0), 0.0), (5.0, ey * 0.85), side * -0.12)
    paint.pillar(Kind.BUNDLE, (side * ex * 0.80, ey * 0.86), (3.4, 2.6))
    at = (side * ex * 0.52, ey * 0.55, ez + 3.0)
    paint.ellipsoid(Kind.VESICLE, at, (ex * 0.55, 6.5, 8.0), side * 0.25, 2.0)


def _bladder(paint: Painter, gland: Gland, jitter: Draws) -> None:
    fill = 24.0 + 6 * jitter[6]
    at = (3 * jitter[7], -gland.half[1] * 0.35, gland.half[2] + 0.62 * fill)
    paint.ellipsoid(Kind.WALL, at, (fill * 1.35 + 3, fill * 0.95 + 3, fill + 3))
    paint.ellipsoid(Kind.URINE, at, (fill * 1.35, fill * 0.95, fill))


def _sway(grid: Field, rng: np.random.Generator) -> Float32Array:
    """Smooth field (z, y, x), standard deviation 0.08, that keeps every outline from being a perfect ellipse."""
    span = [n * s for n, s in zip(grid.size, grid.spacing, strict=True)]
    knots = [max(3, round(extent / step)) for extent, step in zip(span, (14.0, 14.0, 24.0), strict=True)]
    coarse = rng.standard_normal(knots[::-1]).astype(np.float32) * np.float32(0.11)
    factors = [n / k for n, k in zip(grid.shape, knots[::-1], strict=True)]
    fine: Float32Array = ndimage.zoom(coarse, factors, order=1, mode="nearest", grid_mode=True)
    return fine

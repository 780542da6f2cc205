"""Shape of a region of one slice, from its outline by marching squares and its pixels, in PyRadiomics' convention."""

import math

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.principal_axes import eigenvalues, length, slenderness
from backend.science.radiomics.kernel import call
from backend.science.radiomics.region.mask_index import bounding_box
from backend.science.radiomics.region.padded import padded

FEATURES = (
    "Elongation",
    "MajorAxisLength",
    "MaximumDiameter",
    "MeshSurface",
    "MinorAxisLength",
    "Perimeter",
    "PerimeterSurfaceRatio",
    "PixelSurface",
    "Sphericity",
)
DEPRECATED = ("SphericalDisproportion",)
"""1 / Sphericity; PyRadiomics computes it only where it is asked for by name."""
# Lines of each configuration of the corners 00, 01, 11, 10 (bits 0 to 3), from side to side, the region on one hand.
_WORDS = ("", "30", "01", "31", "12", "1230", "02", "32", "23", "20", "0123", "21", "13", "10", "03", "")
_SIDES = np.array([(0, 1), (1, 2), (2, 1), (1, 0)])  # their middles, (y, x), doubled
_CONFIGURATION = np.repeat(np.arange(16), [len(word) // 2 for word in _WORDS])
_FROM, _TO = _SIDES[[int(side) for word in _WORDS for side in word]].reshape(-1, 2, 2).swapaxes(0, 1)
_STEPS = _TO - _FROM


def _by_configuration(lines: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Sums over the lines of each configuration, (16, ...)."""
    sums = np.zeros((16, *lines.shape[1:]), dtype=np.int64)
    np.add.at(sums, _CONFIGURATION, lines)
    return sums


# Lines that go one pixel along y, one along x, and half a pixel along both.
_KINDS = _by_configuration((np.abs(_STEPS)[:, None] == [(2, 0), (0, 2), (1, 1)]).all(axis=2).astype(np.int64))
# 8 times the surface between the lines and corner 0 of the square, and what moving that corner by one pixel adds.
_DETERMINANTS = _by_configuration(_FROM[:, 0] * _TO[:, 1] - _FROM[:, 1] * _TO[:, 0])
_MOVES = _by_configuration(2 * np.stack([_STEPS[:, 1], -_STEPS[:, 0]], axis=1))


def is_computed(region: npt.NDArray[np.bool_], dimension: int) -> bool:
    """Whether PyRadiomics computes shape2D of a region (D, H, W) with force2D and this force2Ddimension.

    Its check means "one voxel thick along `dimension`", but reads the sizes of the box in the order x, y, z and skips
    the class where the size is *not* above 1. So with 0 it looks at the width and with 2 at the depth; with 1 no
    region is ever computed. The class itself then raises where the box is thicker than one voxel along `dimension`,
    and with it the whole extraction. False where it skips; raises ValueError where it raises.
    """
    sizes = [side.stop - side.start for side in bounding_box(region)]
    if sizes[2 - dimension] <= 1:
        return False
    if sizes[dimension] > 1:
        raise ValueError(f"Size of the mask in dimension {dimension} is more than 1, cannot compute 2D shape")
    return True


def shape_2d(region: npt.NDArray[np.bool_], spacing: tuple[float, float, float], dimension: int) -> dict[str, float]:
    """Features of a region (D, H, W) with one voxel or more, one thick along axis `dimension`; the deprecated one too.

    `spacing` is x, y, z in mm; `dimension` is force2Ddimension: 0 for slices (z), 1 for y, 2 for x.
    """
    mask = np.ascontiguousarray(padded(region).take(1, axis=dimension))
    x, y = (step for axis, step in enumerate(spacing) if axis != 2 - dimension)
    steps = np.array((y, x), dtype=np.float64)
    perimeter, surface, diameter = _outline(mask, steps)
    minor, major = eigenvalues(mask, steps)
    circle = 2 * math.sqrt(math.pi * surface)  # perimeter of a circle of this surface
    return {
        "Elongation": slenderness(minor, major),
        "MajorAxisLength": length(major),
        "MaximumDiameter": diameter,
        "MeshSurface": surface,
        "MinorAxisLength": length(minor),
        "Perimeter": perimeter,
        "PerimeterSurfaceRatio": perimeter / surface,
        "PixelSurface": float(np.count_nonzero(mask) * (x * y)),
        "Sphericity": circle / perimeter,
        "SphericalDisproportion": 1 / (circle / perimeter),
    }


def _outline(mask: npt.NDArray[np.uint8], steps: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Length of the outline of a padded mask, surface inside it, largest distance of its vertices; `steps` is y, x."""
    height, width = mask.shape
    counts, places = np.zeros(16, dtype=np.int64), np.zeros((16, 2), dtype=np.int64)
    lines = np.full((2 * height, 2), -1, dtype=np.int32)
    call("rl_squares", mask, height, width, counts, places, lines)
    corners, work, diameter = np.empty(8 * height, dtype=np.int32), np.empty((2, 4 * height)), np.empty(1)
    call("rl_diameter", lines, height, steps, corners, work[0], work[1], diameter)
    along_y, along_x, across = (counts @ _KINDS).tolist()
    y, x = steps.tolist()
    surface = int(counts @ _DETERMINANTS + np.vdot(places, _MOVES)) / 8 * (y * x)
    return along_y * y + along_x * x + across * (math.hypot(y, x) / 2), surface, float(diameter[0])

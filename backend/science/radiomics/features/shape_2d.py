"""Shape of a region of one slice, from its outline by marching squares and its pixels, in PyRadiomics' convention."""

import math

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.features.principal_axes import eigenvalues
from backend.science.radiomics.kernel import call
from backend.science.radiomics.region.mask_index import bounding_box

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
_EDGES = np.array([(0, 1), (1, 2), (2, 1), (1, 0)])  # middles of the sides of a square, (y, x), doubled
# Lines of each configuration of the corners 00, 01, 11, 10 (bits 0 to 3), from side to side around the region.
_WORDS = ("", "30", "01", "31", "12", "1230", "02", "32", "23", "20", "0123", "21", "13", "10", "03", "")
_CONFIGURATION = np.array([i for i, word in enumerate(_WORDS) for _ in range(len(word) // 2)])
_FROM, _TO = _EDGES[[int(side) for word in _WORDS for side in word]].reshape(-1, 2, 2).swapaxes(0, 1)


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
    flat = region[bounding_box(region)].squeeze(axis=dimension)
    padded = np.pad(flat, 1).view(np.uint8)
    steps = np.delete(np.array(spacing[::-1], dtype=np.float64), dimension)
    y, x = steps.tolist()
    perimeter, surface, diameter = _outline(padded, steps)
    minor, major = eigenvalues(padded, steps)
    circle = 2 * math.sqrt(math.pi * surface)  # perimeter of a circle of this surface
    with np.errstate(invalid="ignore", divide="ignore"):
        features = {
            "Elongation": np.sqrt(minor / major),
            "MajorAxisLength": 4 * np.sqrt(major),
            "MaximumDiameter": diameter,
            "MeshSurface": surface,
            "MinorAxisLength": 4 * np.sqrt(minor),
            "Perimeter": perimeter,
            "PerimeterSurfaceRatio": perimeter / surface,
            "PixelSurface": np.count_nonzero(padded) * (x * y),
            "Sphericity": circle / perimeter,
            "SphericalDisproportion": 1 / (circle / perimeter),
        }
    return {name: float(features[name]) for name in (*FEATURES, *DEPRECATED)}


def _outline(padded: npt.NDArray[np.uint8], spacing: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Length of the outline, surface inside it, largest distance between its vertices; `spacing` is y, x."""
    height, width = padded.shape
    counts, places = np.zeros(16, dtype=np.int64), np.zeros((16, 2), dtype=np.int64)
    lines = np.full((2 * height, 2), -1, dtype=np.int32)
    call("rl_squares", padded, height, width, counts, places, lines)
    corners, diameter = np.empty(8 * height, dtype=np.int32), np.empty(1)
    call("rl_diameter", lines, height, spacing, corners, *np.empty((2, 4 * height)), diameter)
    steps = _TO - _FROM
    lengths = np.hypot(*(steps * spacing).T) / 2
    own = counts[_CONFIGURATION] @ _turned(_FROM, _TO)
    moved = _turned(2 * places[_CONFIGURATION], steps).sum()
    surface = int(own + moved) / 8 * float(spacing.prod())
    return math.fsum(lengths * counts[_CONFIGURATION]), surface, float(diameter[0])


def _turned(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Cross products of vectors (n, 2): twice the surfaces of the triangles with the origin."""
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]

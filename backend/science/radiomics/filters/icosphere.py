"""Points spread over a sphere: the corners of an icosahedron whose faces are cut in four again and again."""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from backend.science.types import FloatArray

GOLDEN = (1 + 5**0.5) / 2
SHORT, LONG = 1 / np.sqrt(1 + GOLDEN**2), GOLDEN / np.sqrt(1 + GOLDEN**2)
# In the order of trimesh's, because sums over the corners follow it.
CORNERS = (
    *((-SHORT, LONG, 0), (SHORT, LONG, 0), (-SHORT, -LONG, 0), (SHORT, -LONG, 0)),
    *((0, -SHORT, LONG), (0, SHORT, LONG), (0, -SHORT, -LONG), (0, SHORT, -LONG)),
    *((LONG, 0, -SHORT), (LONG, 0, SHORT), (-LONG, 0, -SHORT), (-LONG, 0, SHORT)),
)


def icosphere(subdivisions: int, radius: float) -> FloatArray:
    """Corners (10 * 4^subdivisions + 2, 3), bit for bit `trimesh.creation.icosphere`'s."""
    corners = np.array(CORNERS)
    apart = np.linalg.norm(corners[:, None] - corners, axis=-1)
    near = (apart > 0) & (apart < 2.1 * SHORT)  # neighbours are 2 SHORT apart, others more
    faces = np.array([(a, b, c) for a, b, c in combinations(range(12), 3) if near[a, b] and near[b, c] and near[c, a]])
    for _ in range(subdivisions):
        corners, faces = _cut_in_four(corners, faces)
        corners = _on_sphere(corners, radius)
    return corners if subdivisions else _on_sphere(corners, radius)


def _cut_in_four(corners: FloatArray, faces: npt.NDArray[np.intp]) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Add the middle of each edge, in the order of the edges' second, then first corner."""
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    numbers, edge_of = np.unique(edges[:, 1] * len(corners) + edges[:, 0], return_inverse=True)
    second, first = np.divmod(numbers, len(corners))
    middles = (corners[first] + corners[second]) / 2
    a, b, c = faces.T
    ab, bc, ca = (edge_of.reshape(-1, 3) + len(corners)).T
    parts = [np.stack(part, axis=1) for part in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    return np.concatenate([corners, middles]), np.concatenate(parts)


def _on_sphere(corners: FloatArray, radius: float) -> FloatArray:
    x, y, z = corners.T**2
    length = np.sqrt((x + y) + z)[:, None]
    moved: FloatArray = corners + corners / length * (radius - length)
    return moved

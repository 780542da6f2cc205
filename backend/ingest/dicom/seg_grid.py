"""Grids that masks are drawn on: that of an image of the study, or the one that a segmentation's own frames span."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.ingest.dicom.geometry import Place

CLOSE = 0.1  # voxels by which a frame or contour may lie beside the grid's own voxels
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lattice:
    """Voxels in space, LPS mm: as `Volume` has them; `shape` is (D, H, W), `frame` the frame of reference."""

    name: str
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]
    shape: tuple[int, int, int]
    frame: str = ""

    @property
    def steps(self) -> Floats:
        """The steps of one voxel along x, y and z in mm, in columns."""
        return np.asarray(np.array(self.direction).reshape(3, 3) * np.array(self.spacing), np.float64)

    def index(self, points: npt.ArrayLike) -> Floats:
        """Voxel indices (n, 3) as x, y, z of points in mm, not rounded."""
        apart = np.atleast_2d(np.asarray(points, np.float64)) - np.array(self.origin)
        found: Floats = np.linalg.solve(self.steps, apart.T).T
        return found


@dataclass(frozen=True)
class Drawn:
    """A mask (D, H, W) on a grid, and what makes it doubtful, as phrases."""

    mask: Mask
    doubts: tuple[str, ...] = ()


def voxels_of(place: Place, pixels: npt.NDArray[np.bool_], grid: Lattice) -> Indices | None:
    """The voxels (n, 3) as x, y, z of marked pixels; None where the slice is not all on the grid's own voxels."""
    first = grid.index(place.position)[0]
    inverse = np.linalg.inv(grid.steps)
    row, column = (
        inverse @ (axis * mm) for axis, mm in zip(place.axes, (place.spacing[1], place.spacing[0]), strict=True)
    )
    whole_row, whole_column = np.rint(row), np.rint(column)
    if np.abs(whole_row).sum() != 1 or np.abs(whole_column).sum() != 1 or whole_row @ whole_column:
        return None
    rows, columns = place.shape
    corners = [(r, c) for r in (0, rows - 1) for c in (0, columns - 1)]
    off = [first - np.rint(first) + c * (row - whole_row) + r * (column - whole_column) for r, c in corners]
    ends = np.array([np.rint(first) + c * whole_row + r * whole_column for r, c in corners])
    if np.abs(off).max() > CLOSE or (ends < 0).any() or (ends >= np.array(grid.shape[::-1])).any():
        return None
    r, c = np.nonzero(pixels)
    marked: Indices = (np.rint(first) + np.outer(c, whole_row) + np.outer(r, whole_column)).astype(np.int64)
    return marked


def straight_problem(places: Sequence[Place]) -> str:
    """Why slices are no straight stack of one kind, as a phrase, or nothing."""
    first = places[0]
    alike = all(
        each.shape == first.shape
        and np.allclose(each.axes, first.axes, atol=1e-4)
        and np.allclose(each.spacing, first.spacing, rtol=1e-4)
        for each in places
    )
    if not alike:
        return "has frames of different orientation, spacing or size"
    normal = normal_of(first)
    lowest = min(places, key=lambda each: float(each.position @ normal))
    aside = [each.position - lowest.position for each in places]
    if np.abs([each - normal * (each @ normal) for each in aside]).max() > CLOSE * min(first.spacing):
        return "has frames shifted sideways against each other"
    return ""


def normal_of(place: Place) -> Floats:
    """The unit vector from slice to slice."""
    across = np.cross(*place.axes)
    return np.asarray(across / np.linalg.norm(across), np.float64)


def own_lattice(places: Sequence[Place], name: str, frame: str, most: int) -> Lattice | str:
    """The grid that slices span, those without a mark left out; or why there is none, as a phrase."""
    if problem := straight_problem(places):
        return problem
    first = places[0]
    normal = normal_of(first)
    along = np.unique(np.round([each.position @ normal for each in places], 3))
    gaps = np.diff(along)
    gap = abs(first.between) if first.between else (float(gaps[0]) if len(gaps) and np.ptp(gaps) < 0.01 else 0.0)
    if not gap:
        return "does not state how far its slices lie apart (SpacingBetweenSlices (0018,0088))"
    if np.abs(gaps / gap - np.rint(gaps / gap)).max(initial=0.0) > CLOSE:
        return f"has frames that do not lie on slices {gap:g} mm apart, as SpacingBetweenSlices (0018,0088) states"
    lowest = min(places, key=lambda each: float(each.position @ normal))
    count = round(float(along[-1] - along[0]) / gap) + 1
    if count * first.shape[0] * first.shape[1] > most:
        return "spans more voxels than one image may hold here"
    return Lattice(
        name,
        (first.spacing[1], first.spacing[0], gap),
        tuple(float(mm) for mm in lowest.position),  # type: ignore[arg-type]  # three numbers
        tuple(float(c) for c in np.column_stack([*first.axes, normal]).ravel()),
        (count, *first.shape),
        frame,
    )

"""Axes slightly off a right angle: straightened where that moves no voxel by a tenth of its size, else refused.

Programs behind this one keep three perpendicular axes. Headers are rounded, and slices may be stacked askew.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.errors import BadFile

MOST_MOVED = 0.1  # voxels at the farthest corner
UNSEEN = 0.01  # voxels; less is the rounding of a header, and nothing is changed or said
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Straight:
    """Perpendicular unit axes (columns), the first voxel's place in mm, and a sentence where they were changed."""

    axes: Floats
    origin: Floats
    sentence: str = ""


def straightened(
    axes: npt.ArrayLike, spacing: npt.ArrayLike, origin: npt.ArrayLike, size: npt.ArrayLike, shown: str
) -> Straight:
    """The nearest perpendicular axes of an image of `size` voxels, its middle staying where it is.

    `axes` are unit vectors in columns, in the order of `spacing` and `size`; `shown` names the image in sentences.
    Raises BadFile where straightening would move a corner by a tenth of a voxel or more.
    """
    given, mm, first = (np.asarray(each, dtype=np.float64) for each in (axes, spacing, origin))
    if not np.isfinite(given).all() or abs(np.linalg.det(given)) < 1e-3:
        raise BadFile(f"{shown} has axes that span no space; correct its header.")
    half = (np.asarray(size, dtype=np.float64) - 1) / 2
    if float(np.abs(given.T @ given - np.eye(3)).max()) * float((half * mm).sum() / mm.min()) < UNSEEN:
        return Straight(given, first)
    left, _, right = np.linalg.svd(given)
    nearest = left @ right
    corners = np.array(np.meshgrid(*[(-1.0, 1.0)] * 3)).reshape(3, -1) * half[:, None] * mm[:, None]
    moved = float((np.linalg.norm((nearest - given) @ corners, axis=0)).max() / mm.min())
    if moved < UNSEEN:
        return Straight(given, first)
    angle = _degrees_off(given)
    if moved >= MOST_MOVED:
        raise BadFile(
            f"{shown} has axes {angle:.3g} degrees off a right angle, which straightening would move by {moved:.2g} "
            f"voxels at a corner (at most {MOST_MOVED:g}); resample it to perpendicular axes."
        )
    sentence = (
        f"{shown} has axes {angle:.2g} degrees off a right angle; they were straightened, which moves no voxel by more "
        f"than {moved:.2g} of its size."
    )
    return Straight(nearest, first + (given - nearest) @ (half * mm), sentence)


def _degrees_off(axes: Floats) -> float:
    """The largest difference of an angle between two axes from 90 degrees."""
    unit = axes / np.linalg.norm(axes, axis=0)
    cosines = np.abs((unit.T @ unit)[np.triu_indices(3, 1)])
    return float(np.degrees(np.arcsin(np.clip(cosines, 0, 1))).max())

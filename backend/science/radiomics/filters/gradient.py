"""The magnitude of the gradient around a region, bit for bit SimpleITK's, which PyRadiomics calls."""

from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import call
from backend.science.types import Box, Float32Array, Spacing


def gradient(voxels: npt.NDArray[Any], spacing_xyz: Spacing, use_spacing: bool, box: Box) -> Float32Array:
    """Magnitude of the gradient of `voxels` (D, H, W) inside `box`, float32 whatever the image's type.

    A difference is taken between a voxel's two neighbours along an axis, a mm (`use_spacing`) or a voxel. Where one
    of them lies outside the image, the voxel itself takes its place.
    """
    block = np.ascontiguousarray(_with_margin(voxels, box), dtype=np.float64)
    steps = spacing_xyz if use_spacing else (1.0, 1.0, 1.0)
    half = np.array([0.5 * (1.0 / step) for step in reversed(steps)])
    inside = tuple(n - 2 for n in block.shape)
    found = np.empty(inside, dtype=np.float32)
    call("rl_gradient", block, *inside, half, found)
    return found


def _with_margin(voxels: npt.NDArray[Any], box: Box) -> npt.NDArray[Any]:
    """The box with one more voxel on each side; the image's border is repeated beyond it."""
    for axis, inside in enumerate(box):
        wanted = np.arange(inside.start - 1, inside.stop + 1).clip(0, voxels.shape[axis] - 1)
        first, last = int(wanted[0]), int(wanted[-1])
        if last - first + 1 == wanted.size:
            voxels = voxels[(slice(None),) * axis + (slice(first, last + 1),)]
        else:
            voxels = voxels.take(wanted, axis=axis)
    return voxels

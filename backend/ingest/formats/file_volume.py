"""One volume as its file states it: voxels, and where they lie in mm, in the patient's axes (LPS)."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import BadFile

SAME = 1e-5  # relative; two statements of one size differ by the rounding of float32
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """Voxel size in mm, unit axes as columns, and the place of the first voxel's centre."""

    spacing: Floats
    axes: Floats
    origin: Floats


@dataclass(frozen=True)
class FileVolume:
    """Voxels (z, y, x), their placement, and whether a checksum inside the file covers them (`packed`).

    `segments`: value -> name, where the header names them. `notes`: code of a finding -> sentence.
    """

    voxels: npt.NDArray[Any]
    placement: Placement
    packed: bool
    segments: dict[int, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


def placed(vectors: npt.ArrayLike, origin: npt.ArrayLike, what: str, sizes: npt.ArrayLike | None = None) -> Placement:
    """The placement whose axes are the columns of `vectors`, in mm.

    `sizes` are the voxel sizes as the file states them a second time; where both agree, theirs is the shorter number.
    `what` names file and field for the sentence. Raises BadFile where the vectors span no space.
    """
    mm, first = np.array(vectors, dtype=np.float64), np.array(origin, dtype=np.float64)
    lengths = np.linalg.norm(mm, axis=0)
    if not np.isfinite(mm).all() or not (lengths > 0).all() or abs(np.linalg.det(mm / lengths)) < 1e-3:
        raise BadFile(f"{what} spans no space; correct the header.")
    if not np.isfinite(first).all():
        raise BadFile(f"{what} places the first voxel at no finite point; correct the header.")
    axes = mm / lengths
    if sizes is not None and np.allclose(lengths, sizes, rtol=SAME, atol=0):
        lengths = np.array(sizes, dtype=np.float64)
    return Placement(lengths, axes, first)


def in_order(data: bytes | bytearray, shape: tuple[int, ...], dtype: np.dtype[Any], start: int = 0) -> npt.NDArray[Any]:
    """Voxels (z, y, x) of bytes whose first axis runs fastest, from byte `start` on."""
    count = int(np.prod(shape, dtype=np.int64))
    return np.frombuffer(data, dtype, count, start).reshape(shape[::-1])


def in_32_bits(voxels: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """64-bit whole numbers as 32-bit ones, which every program behind this one knows. Raises BadFile."""
    if voxels.dtype.kind not in "iu" or voxels.dtype.itemsize < 8:
        return voxels
    if int(voxels.min()) < np.iinfo(np.int32).min or int(voxels.max()) > np.iinfo(np.int32).max:
        raise BadFile(f"{name} holds whole numbers up to {int(voxels.max())}, more than 32 bits can; scale them down.")
    return voxels.astype(np.int32)

"""Where a NIfTI image lies: what its header states, checked against itself, and nothing else.

The sform wins over the qform, as in nibabel and ITK, and the sizes are its own: a `pixdim` of 1 1 1 beside it states
nothing. Where two statements disagree, or there is none, the file is refused by the name of the field.
Source: nifti1.h of the NIfTI Data Format Working Group, methods 2 and 3.
"""

from collections.abc import Mapping
from math import isfinite, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import BadFile
from backend.ingest.formats.file_volume import Placement, placed

TWO_FORMS_MM = 0.5  # a quaternion of float32 may be 0.1 mm off at a corner; readers differ in which form they take
UNIT_BITS = 0b111
UNITS = {0: "mm", 1: "metres", 2: "mm", 3: "micrometres"}
UNSTATED = ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
RAS_TO_LPS = np.array([-1.0, -1.0, 1.0])
Fields = Mapping[str, tuple[Any, ...]]


def nifti_placement(fields: Fields, name: str) -> Placement:
    """The placement a header states. Raises BadFile."""
    unit = UNITS.get(int(fields["units"][0]) & UNIT_BITS, "an unknown unit")
    if unit != "mm":
        raise BadFile(f"{name} measures space in {unit} (xyzt_units); write it again in mm.")
    qform, sform = fields["codes"]
    if qform <= 0 and sform <= 0:
        raise BadFile(
            f"{name} does not state where its voxels lie (qform_code and sform_code are 0); convert it again from its "
            "original."
        )
    sizes = np.array(fields["pixdim"][1:4], dtype=np.float64)
    by_quaternion = _qform(fields, sizes, name) if qform > 0 else None
    if sform <= 0:
        assert by_quaternion is not None
        return _as_placement(by_quaternion, sizes, f"The qform of {name}")
    rows = np.array(fields["placement"][6:], dtype=np.float64).reshape(3, 4)
    if not np.isfinite(rows).all() or abs(np.linalg.det(rows[:, :3])) <= 1e-9:
        raise BadFile(f"{name} has an impossible orientation (sform); correct its header.")
    voxels = np.array(fields["dim"][1:4], dtype=np.float64)
    if by_quaternion is not None:
        apart = np.linalg.norm((by_quaternion - rows) * [*voxels, 1.0], axis=0).max()
        if apart > TWO_FORMS_MM:
            raise BadFile(f"{name} states two orientations that disagree by {apart:.1f} mm (qform, sform); keep one.")
    else:
        _check_sizes(sizes, np.linalg.norm(rows[:, :3], axis=0), voxels, name)
    return _as_placement(rows, sizes, f"The sform of {name}")


def _check_sizes(stated: npt.NDArray[np.float64], of_sform: npt.NDArray[np.float64], voxels: Any, name: str) -> None:
    """Where both state the size of a voxel, they must be one; raises BadFile."""
    if tuple(stated) in UNSTATED:
        return
    if not (np.isfinite(stated).all() and (np.abs(stated - of_sform) * voxels <= TWO_FORMS_MM).all()):
        raise BadFile(
            f"{name} states two sizes of its voxels: {_shown(stated)} mm (pixdim) and {_shown(of_sform)} mm (sform); "
            "keep the right one."
        )


def _qform(fields: Fields, sizes: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
    """The (3, 4) affine of quaternion, offsets and sizes (method 2). Raises BadFile."""
    if not all(isfinite(mm) and mm > 0 for mm in sizes):
        raise BadFile(f"{name} declares a voxel spacing of {_shown(sizes)} mm (pixdim); correct its header.")
    b, c, d, *offset = fields["placement"][:6]
    if not (all(isfinite(value) for value in (b, c, d, *offset)) and b * b + c * c + d * d < 1.01):
        raise BadFile(f"{name} has an impossible orientation (qform); correct its header.")
    a = sqrt(max(0.0, 1.0 - (b * b + c * c + d * d)))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    flip = [1.0, 1.0, -1.0 if fields["pixdim"][0] < 0 else 1.0]
    return np.column_stack([rotation * (sizes * flip), offset])


def _as_placement(rows: npt.NDArray[np.float64], sizes: npt.NDArray[np.float64], what: str) -> Placement:
    lps = rows * RAS_TO_LPS[:, None]
    return placed(lps[:, :3], lps[:, 3], what, sizes)


def _shown(numbers: Any) -> str:
    return " x ".join(f"{mm:.4g}" for mm in numbers)

"""Which volumes of a 4-D diffusion image are the high-b image, from the .bval and .bvec files beside it.

The shell of the highest b-value counts. Its directions are averaged where they are spread evenly, since a mean over
others would depend on how the tissue lies; without a .bvec file nobody knows. Source: BIDS, "Diffusion imaging data".
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend.errors import BadImage
from backend.ingest.dicom.series import MIN_HIGH_B
from backend.ingest.formats.read_image import stem
from backend.ingest.formats.several_volumes import Volumes
from backend.ingest.layouts.side_files import beside, small_text
from backend.ingest.limits import MAX_SIDE_FILE_BYTES

SAME_SHELL = 0.95  # of the highest: scanners state 995 and 1005 for 1000
EVEN = 0.05
"""How far the mean of v v' of the unit directions v may lie from a third of the identity, in each of its numbers."""
NO_DIRECTION = 0.01  # length of a vector of a volume without a direction
Floats = npt.NDArray[np.float64]


def high_b_volumes(image: Path, root: Path) -> tuple[Volumes | None, list[Path]]:
    """The volumes of the high-b image, None without a .bval file; and the files that were read. Raises BadImage."""
    bval = beside(image.parent, (f"{stem(image.name)}.bval",), root)
    if bval is None:
        return None, []
    bvec = beside(image.parent, (f"{stem(image.name)}.bvec",), root)
    values = _table(bval)
    if values.shape[0] != 1 or not np.isfinite(values).all() or values.max(initial=0.0) < MIN_HIGH_B:
        raise BadImage(
            f"{bval.name} names no b-value of {MIN_HIGH_B:g} s/mm2 or more in one line; correct it, or give one high-b "
            "image without it."
        )
    highest = float(values[0].max())
    shell = np.flatnonzero(values[0] >= SAME_SHELL * highest)
    named = _named(len(shell), highest)
    if bvec is None and len(shell) > 1:
        raise BadImage(
            f"{bval.name} names {named}, and without a {stem(image.name)}.bvec whether these are repeats or "
            "directions is unknown; add it, or give their mean as one high-b image."
        )
    geometric = False
    if bvec is not None:
        shell, geometric = _averaged(shell, _vectors(bvec, values.shape[1]), bvec.name, named)
    what = "the geometric mean of evenly spread directions" if geometric else "the mean of repeats"
    note = f"{_named(len(shell), highest)} of {image.name} are one image: {what}." if len(shell) > 1 else ""
    numbers = tuple(int(number) for number in shell)
    return Volumes(numbers, values.shape[1], geometric, note), [path for path in (bval, bvec) if path]


def _named(count: int, b: float) -> str:
    return f"{count} volume{'s' if count > 1 else ''} of b = {b:g} s/mm2"


def _averaged(shell: npt.NDArray[np.intp], vectors: Floats, name: str, named: str) -> tuple[npt.NDArray[np.intp], bool]:
    """Those to average, and whether they are directions; what has none is a mean itself. Raises BadImage."""
    lengths = np.linalg.norm(vectors[:, shell], axis=0)
    means = shell[lengths < NO_DIRECTION]
    if len(means):
        return means, False
    units = vectors[:, shell] / lengths
    apart = np.abs(units @ units.T / len(shell) - np.eye(3) / 3).max()
    if apart > EVEN:
        raise BadImage(
            f"{name} states directions for the {named} that are not spread evenly, so their mean depends on how the "
            "tissue lies; give the scanner's mean of all directions as one high-b image without a .bvec file."
        )
    return shell, True


def _vectors(path: Path, count: int) -> Floats:
    """Three rows, one column a volume. Raises BadImage."""
    vectors = _table(path)
    if vectors.shape != (3, count) or not np.isfinite(vectors).all():
        raise BadImage(f"{path.name} does not hold three lines of {count} numbers, one for each b-value; correct it.")
    return vectors


def _table(path: Path) -> Floats:
    """The numbers of a small file, line by line; a row of none where they are no table."""
    try:
        lines = [line.split() for line in small_text(path, MAX_SIDE_FILE_BYTES).splitlines() if line.strip()]
        return np.array([[float(word) for word in line] for line in lines], np.float64).reshape(len(lines), -1)
    except (OSError, ValueError):
        return np.empty((0, 0))

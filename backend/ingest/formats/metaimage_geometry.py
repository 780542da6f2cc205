"""Where a MetaImage lies: what its header states under any of the words MetaIO knows for it, and nothing else.

MetaIO takes 1 mm, no turn and the point 0 where a header leaves them out; here the field is named and the file refused.
Source: the MetaIO documentation of ITK.
"""

from math import isfinite

import numpy as np

from backend.errors import BadFile
from backend.ingest.formats.file_volume import Placement, placed

SPACING = ("ElementSpacing", "ElementSize")
ORIGIN = ("Offset", "Position", "Origin")
AXES = ("TransformMatrix", "Rotation", "Orientation")
SAME = 1e-3  # relative, or mm


def metaimage_placement(header: dict[str, str], name: str) -> Placement:
    """The placement a header states. Raises BadFile."""
    unit = header.get("DistanceUnits", "mm")
    if unit not in ("mm", "?", ""):
        raise BadFile(f"{name} measures space in {unit[:20]} (DistanceUnits); write it again in mm.")
    spacing = _stated(header, SPACING, 3, "the size of its voxels", name)
    if min(spacing) <= 0:
        raise BadFile(f"{name} declares no usable voxel spacing; correct its header.")
    origin = _stated(header, ORIGIN, 3, "the place of its first voxel", name)
    axes = _stated(header, AXES, 9, "its orientation", name).reshape(3, 3)  # a row is one axis of the image
    lengths = np.linalg.norm(axes, axis=1)
    if abs(np.linalg.det(axes)) < 1e-6:
        raise BadFile(f"{name} has an impossible orientation; correct its header.")
    if np.abs(lengths - 1).max() > SAME:
        shown = ", ".join(f"{length:.3g}" for length in lengths)
        raise BadFile(f"{name} has axes of the lengths {shown}, expected 1 ({AXES[0]}); correct its header.")
    return placed(axes.T * spacing, origin, f"The orientation ({AXES[0]}) of {name}", spacing)


def _stated(header: dict[str, str], fields: tuple[str, ...], count: int, what: str, name: str) -> np.ndarray:
    """The numbers that stand under one of `fields`, or under several where those agree."""
    found = {field: np.array(numbers(header, field, count, name)) for field in fields if field in header}
    if not found:
        raise BadFile(f"{name} does not state {what} ({fields[0]}); write it again from its original.")
    first, *rest = found.values()
    if any(not np.allclose(first, other, rtol=SAME, atol=SAME if count > 3 else 0) for other in rest):
        raise BadFile(f"{name} states {what} twice, and not the same ({', '.join(found)}); keep the right one.")
    return first


def numbers(header: dict[str, str], key: str, count: int, name: str) -> list[float]:
    """The `count` finite numbers of a field. Raises BadFile."""
    try:
        read = [float(word) for word in header[key].split()]
    except ValueError:
        read = []
    if len(read) != count or not all(isfinite(number) for number in read):
        raise BadFile(f"{name} has no {count} finite numbers in {key}; its header is damaged.")
    return read

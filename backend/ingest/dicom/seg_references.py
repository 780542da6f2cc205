"""What a DICOM object needs to refer to a series: its UIDs and where each of its slices lies."""

from collections.abc import Sequence
from typing import Any

from backend.ingest.dicom.slices import Slice


def referenced(stack: Sequence[Slice]) -> dict[str, Any]:
    """The UIDs of a series and its slices as plain values: UID, frame (from 1) or none, position in mm."""
    first = stack[0]
    return {
        "study": first.study,
        "series": first.series,
        "space": first.frame_of_reference,
        "sop_class": first.sop_class,
        "axes": first.axes.ravel().tolist(),
        "size": list(first.place.shape[::-1]),
        "slices": [
            [each.instance_uid, None if each.frame is None else each.frame + 1, each.position.tolist()]
            for each in stack
        ],
    }

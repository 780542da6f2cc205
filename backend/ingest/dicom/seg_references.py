"""How DICOM objects refer to the slices of a series: what they need for it, and what one of them names."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from backend.ingest.dicom.frames import PER_FRAME
from backend.ingest.dicom.slices import Slice
from backend.ingest.dicom.stated import text, whole

Instance = tuple[str, int | None]
"""UID of a file, and the number of a frame (from 1) where it holds several."""
Point = npt.NDArray[np.float64]


def places_of(slices: Iterable[Slice]) -> dict[Instance, Point]:
    """Where each slice of a study lies; a UID that stands in two files tells nothing."""
    found: dict[Instance, Point] = {}
    twice = set[Instance]()
    for each in slices:
        key = (each.instance_uid, None if each.frame is None else each.frame + 1)
        twice |= {key} & found.keys()
        found[key] = each.position
    return {key: place for key, place in found.items() if key[0] and key not in twice and np.isfinite(place).all()}


def source_of(tags: Dataset, frame: int) -> Instance:
    """The one image that a frame of a segmentation says it was made from; an empty UID where there are others."""
    derived = tags[PER_FRAME].value[frame].get("DerivationImageSequence") or ()
    named = [named_instance(item) for each in derived for item in each.get("SourceImageSequence") or ()]
    return named[0] if len(set(named)) == 1 else ("", None)


def named_instance(item: Dataset) -> Instance:
    """The slice that an item of a reference names."""
    return text(item, "ReferencedSOPInstanceUID").strip(" \0"), whole(item, "ReferencedFrameNumber")


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

"""Whether what a segmentation says twice of its frames is the same: their segment and place, and an index of each.

Source: DICOM PS3.3, C.7.6.17 (multi-frame dimensions).
"""

from collections.abc import Hashable, Sequence

import numpy as np
from pydicom import Dataset
from pydicom.datadict import tag_for_keyword

from backend.ingest.dicom.frames import PER_FRAME
from backend.ingest.dicom.geometry import Place
from backend.ingest.dicom.seg_grid import Mask, normal_of
from backend.ingest.dicom.stated import shown

SEGMENT, POSITION = "ReferencedSegmentNumber", "ImagePositionPatient"
APART_MM = 0.01


def indices_problem(tags: Dataset, frames: Sequence[tuple[int | None, Place]]) -> str:
    """Why the indices of frames contradict their segments or places, as a phrase, or nothing.

    An index that is the same in all frames states nothing.
    """
    rows = [_row(group) for group in tags.get(PER_FRAME) or ()]
    pointers = [int(item.get("DimensionIndexPointer") or 0) for item in tags.get("DimensionIndexSequence") or ()]
    if len(rows) != len(frames) or any(len(row) != len(pointers) for row in rows):
        return ""
    stated: dict[str, list[Hashable]] = {
        SEGMENT: [segment for segment, _ in frames],
        POSITION: [round(float(place.position @ normal_of(place)) / APART_MM) for _, place in frames],
    }
    for keyword, values in stated.items():
        tag = tag_for_keyword(keyword)
        for column in [at for at, pointer in enumerate(pointers) if pointer == tag]:
            index = [row[column] for row in rows]
            told = len(set(index)) > 1 and None not in values
            if told and not len(set(index)) == len(set(values)) == len(set(zip(index, values, strict=True))):
                return f"has {shown('DimensionIndexValues')} that contradict the {shown(keyword)} of its frames"
    return ""


def _row(group: Dataset) -> list[int]:
    content = next(iter(group.get("FrameContentSequence") or ()), Dataset())
    values = content.get("DimensionIndexValues")
    return [] if values is None else [values] if isinstance(values, int) else list(values)


def slices_missing(frames: Sequence[tuple[Place, Mask]]) -> int:
    """Slices without a frame between frames whose marks lie above each other."""
    if len(frames) < 3:
        return 0
    order = sorted(frames, key=lambda each: float(each[0].position @ normal_of(each[0])))
    along = np.array([place.position @ normal_of(place) for place, _ in order])
    gaps = np.diff(along)
    steps = np.rint(gaps / max(float(gaps.min()), APART_MM)).astype(int)
    pairs = zip(order, order[1:], steps.tolist(), strict=False)
    return sum(step - 1 for (_, below), (_, above), step in pairs if step > 1 and (below & above).any())

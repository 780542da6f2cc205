"""Reads a segmentation that is a mask file of its own, beside images of other formats, as a label map."""

import io
from pathlib import Path

import numpy as np
import pydicom

from backend.errors import BadFile
from backend.ingest.dicom.seg_masks import SEGMENTATIONS, STRUCTURES
from backend.ingest.dicom.seg_segments import Segment, read_segments
from backend.ingest.dicom.stated import text
from backend.ingest.formats.dicom_encoding import encoded
from backend.ingest.formats.file_volume import FileVolume, placed
from backend.ingest.formats.open_files import FileReader

LARGEST = 255


def checked_segmentation(path: Path, reader: FileReader) -> FileVolume:
    """The label map, its values the segments' numbers. Raises BadFile where segments overlap or have no grid."""
    _check_kind(path, reader)
    try:
        return _label_map(path, read_segments(path, reader))
    except BadFile:
        raise
    except Exception:  # damaged values make pydicom raise wherever they are looked at
        raise BadFile(f"The masks in {path.name} cannot be read: its header is damaged; export it again.") from None


def _check_kind(path: Path, reader: FileReader) -> None:
    content = encoded(reader.read(path), path.name, reader.largest).content
    try:
        kind = text(pydicom.dcmread(io.BytesIO(content), specific_tags=["SOPClassUID"]), "SOPClassUID").strip(" \0")
    except Exception:  # what pydicom raises on damaged bytes has no common class
        raise BadFile(f"{path.name} is a DICOM file with a header that cannot be read; export it again.") from None
    if kind == STRUCTURES:
        raise BadFile(
            f"{path.name} is a structure set, whose contours have no voxels; put it beside the DICOM images that it "
            "was drawn on."
        )
    if kind not in SEGMENTATIONS:
        raise BadFile(f"{path.name} is a DICOM file, but no segmentation; a mask must be one.")


def _label_map(path: Path, segments: list[Segment]) -> FileVolume:
    grid = segments[0].own_grid() if segments else "describes no segment"
    if isinstance(grid, str):
        raise BadFile(f"The segmentation {path.name} {grid}; export it again.")
    if max(each.number for each in segments) > LARGEST:
        raise BadFile(f"The segmentation {path.name} numbers its segments beyond {LARGEST}; number them from 1.")
    voxels = np.zeros(grid.shape, np.uint8)
    doubts: list[str] = []
    for each in segments:
        drawn = each.on(grid)
        if isinstance(drawn, str):
            raise BadFile(f"The segmentation {path.name} {drawn}; export it again.")
        if under := np.unique(voxels[drawn.mask & (voxels > 0)]).tolist():
            raise BadFile(
                f"{path.name} holds segments that overlap ({', '.join(map(str, under))} and {each.number}); put it "
                "beside the DICOM images that it was drawn on, or save each in a file of its own."
            )
        voxels[drawn.mask] = each.number
        doubts += drawn.doubts
    names = {each.number: each.region or each.label or f"segment {each.number}" for each in segments}
    place = placed(grid.steps, grid.origin, f"The grid of {path.name}", grid.spacing)
    return FileVolume(voxels, place, False, names, {"mask_doubtful": f"{'; '.join(doubts)}."} if doubts else {})

"""Which columns of a manifest name files, and of those which are images and which are masks: their voxels tell."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from backend.errors import BadImage
from backend.ingest.clinical import CLINICAL_COLUMNS
from backend.ingest.formats.read_image import ENDINGS
from backend.ingest.identifiers.letters import word_set
from backend.ingest.layouts.manifest import IDS, Table, listed_path
from backend.ingest.sandbox.read_images import CheckedImage, Limits, read_images
from shared.schemas.protocol import Protocol

TRIED = 3  # files of a column
MOST_CODES = 20
LARGEST_CODE = 255
MASK_WORDS = word_set("mask masks seg segmentation label labels roi rois contour contours gtv ctv ptv")
LIMITS = Limits(cpu_s=30, wall_s=30)


def file_columns(path: Path, table: Table, protocol: Protocol, roots: Sequence[Path]) -> dict[str, bool]:
    """Column of files -> whether they are masks. Raises BadImage where the voxels do not tell."""
    others = (*IDS, "patient_id", *CLINICAL_COLUMNS)
    found = {}
    for column in table.columns:
        cells = [row[column] for row in table.rows if row[column]]
        if column in others or not cells or not all(cell.lower().endswith(ENDINGS) for cell in cells):
            continue
        files = [listed_path(path.parent, cell, path.name) for cell in cells[:TRIED]]
        found[column] = _is_mask(table.written[column], files, protocol, roots, path.name)
    return found


def _is_mask(column: str, files: Sequence[Path], protocol: Protocol, roots: Sequence[Path], table: str) -> bool:
    if protocol.modality_of(column) or protocol.region_of(column):
        return not protocol.modality_of(column)
    answers = read_images({str(n): file for n, file in enumerate(files)}, roots, LIMITS)
    images = [answer for answer in answers.values() if isinstance(answer, CheckedImage)]
    named = bool(set(re.split(r"[^a-z]+", column.lower())) & MASK_WORDS)
    if not images:
        raise BadImage(
            f"No file of the column {column} of {table} can be read, so whether it holds images or masks is unknown; "
            "correct the paths, or list the column in a protocol of your own."
        )
    masks = [_holds_codes(image.image) for image in images]
    if any(masks) != all(masks) or (named and not all(masks)):
        what = "is called a mask and holds an image" if named else "holds images and masks"
        raise BadImage(f"The column {column} of {table} {what}; list it in a protocol of your own.")
    return all(masks)


def _holds_codes(image: sitk.Image) -> bool:
    """Whether the voxels are few whole numbers with 0 among them, as codes of a mask are."""
    values = np.unique(sitk.GetArrayViewFromImage(image))
    return bool(
        len(values) <= MOST_CODES
        and values[0] == 0
        and values[-1] <= LARGEST_CODE
        and np.array_equal(values, np.rint(values))
    )

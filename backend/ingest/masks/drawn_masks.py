"""The masks of a study: gland, lesion and zones, from files of their own or from a label map."""

from collections.abc import Container, Mapping

import numpy as np
import SimpleITK as sitk

from backend.ingest.checks.finding_codes import Finding
from backend.ingest.formats.segments import named_segments, of_segments
from backend.ingest.layouts.planned_case import PlannedCase
from backend.ingest.regions import IGNORE, USUAL, regions, whole_labels
from backend.ingest.sandbox.read_images import CheckedImage


def drawn_masks(
    case: PlannedCase, inputs: Mapping[str, CheckedImage], zones: Mapping[int, str], of_dicom: Container[str] = ()
) -> tuple[dict[str, sitk.Image], list[Finding], dict[str, str]]:
    """Masks by region, a label map's where a region has no file of its own; findings; the names of the map's codes."""
    masks: dict[str, sitk.Image] = {}
    codes: Mapping[int, str] = {}
    ignored = 0
    for name in ("labels", "zones"):
        if name in inputs:
            usual = USUAL if name in of_dicom else zones  # a DICOM object names its zones itself
            codes = _names_of_codes(name, inputs[name], case, usual)
            labels = whole_labels(inputs[name].image, name)
            masks = regions(labels, codes, name) | masks
            values = sitk.GetArrayViewFromImage(labels)
            ignored += int(np.count_nonzero(np.isin(values, [code for code in codes if codes[code] == IGNORE])))
    from_map = "gland" in masks and "gland" not in inputs
    for roi in ("gland", "lesion"):
        if roi in inputs:
            masks[roi] = of_segments(whole_labels(inputs[roi].image, roi), inputs[roi].segments, roi)
    found = []
    if from_map:
        rest = f" but {ignored} voxels to be ignored" if ignored else ""
        sentence = f"There is no gland mask of its own: the gland is everything that the label map marks{rest}."
        found.append(Finding("gland_from_zones", sentence))
    return masks, found, {str(code): name for code, name in sorted(codes.items())}


def _names_of_codes(name: str, mask: CheckedImage, case: PlannedCase, zones: Mapping[int, str]) -> Mapping[int, str]:
    """What the data set says, else the header of the file, else the importer or the usual order."""
    if name == "labels" and case.codes:
        return case.codes
    return named_segments(mask.segments, name) or zones

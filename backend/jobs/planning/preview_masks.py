"""What a look at a study says of its masks: DICOM objects and files beside it, and why an import would refuse them."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.ingest.dicom.seg_words import PART, ZONES
from backend.ingest.layouts.planned_case import PlannedCase
from backend.ingest.sandbox.read_images import StudyFacts
from shared import schemas as s

OF_LABELS = ("gland", "lesion", "zones")
OF_ZONES = (*ZONES, PART)


def mask_objects(case: PlannedCase, facts: StudyFacts | None) -> list[s.MaskObject]:
    """The DICOM masks of a study; a file beside it that draws the same region counts first."""
    of_files = _drawn_by_files(case)
    found = facts.objects if facts else []
    return [
        s.MaskObject(
            file=each["file"],
            kind=each["kind"],
            problem=each["fault"],
            drawings=[_drawing(drawing, of_files) for drawing in each["drawings"]],
        )
        for each in found
    ]


def mask_problem(case: PlannedCase, facts: StudyFacts | None, *, expected: bool) -> str:
    """Why an import would refuse the study for its masks, as far as headers tell; `expected` where others have some."""
    of_files = _drawn_by_files(case)
    objects = facts.objects if facts else []
    drawings = [drawing for each in objects for drawing in each["drawings"]]
    gland = "gland" in of_files or any("gland" in drawing["used_as"] for drawing in drawings)
    faults = [drawing["fault"] for drawing in drawings if drawing["fault"] and _roi(drawing) not in of_files]
    faults += [each["fault"] for each in objects if each["fault"] and not gland]
    if faults:
        return str(faults[0])
    unread = case.dicom is not None and not case.images and facts is None
    return case.no_gland if expected and not (gland or unread or "zones" in of_files) else ""


def protocol_mask_problem(case: PlannedCase, facts: StudyFacts | None, protocol: s.Protocol) -> str:
    """The same of a DICOM study under another protocol than the prostate's."""
    if facts is None:
        return ""
    drawings = [drawing for each in facts.objects for drawing in each["drawings"]]
    used = {*case.masks, *case.region_codes, *(name for drawing in drawings for name in drawing["used_as"])}
    faults = [drawing["fault"] for drawing in drawings if drawing["fault"]] + [each["fault"] for each in facts.objects]
    for region in protocol.regions:
        if region.required and region.name not in used:
            missing = f"there is no {region.name} mask, which the protocol {protocol.name} requires; add it."
            return next((fault for fault in faults if fault), missing)
    return ""


def zone_names(case: PlannedCase, codes: Mapping[int, str]) -> dict[str, str]:
    """Names of the codes of a label map: those of its data set, else `codes`."""
    if case.labels is None and "zones" not in case.masks:
        return {}
    known = case.codes if case.labels is not None and case.codes else codes
    return {str(code): name for code, name in sorted(known.items())}


def _drawn_by_files(case: PlannedCase) -> Sequence[str]:
    return OF_LABELS if case.labels is not None else tuple(case.masks)


def _roi(drawing: Mapping[str, Any]) -> str:
    region = str(drawing["region"])
    return "zones" if region in OF_ZONES else region.partition("/")[0]


def _drawing(drawing: Mapping[str, Any], of_files: Sequence[str]) -> s.MaskDrawing:
    used = [roi for roi in drawing["used_as"] if roi not in of_files]
    left = [roi for roi in drawing["used_as"] if roi in of_files] or ([_roi(drawing)] if drawing["fault"] else [])
    of_file = [roi for roi in left if roi in of_files]
    why = f"a file beside the study draws {' and '.join(of_file)}" if of_file and not used else ""
    return s.MaskDrawing(
        number=drawing["number"],
        label=drawing["label"],
        region=drawing["region"],
        used_as=used,
        why=why or drawing["fault"] or drawing["why"],
    )

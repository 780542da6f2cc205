"""What the DICOM mask objects of a study are, for people: each segment or ROI, whether it is used, and why not."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.errors import Refusal
from backend.ingest.dicom.rtstruct import Roi
from backend.ingest.dicom.seg_masks import OF_ZONES
from backend.ingest.dicom.seg_placing import DRAWN, Drawing, Drawings
from backend.ingest.dicom.seg_words import PART, ZONES
from backend.ingest.dicom.volume import Volume
from shared.schemas.protocol import Protocol

Answers = Mapping[str, Volume | Refusal]


def listed(found: Drawings, answers: Answers, protocol: Protocol | None = None) -> list[dict[str, Any]]:
    """Every object by file name: its kind and its drawings, each with what it is used as, or why not.

    `answers` are those of `seg_masks.masks`, or of `seg_protocol` for another protocol than the prostate's; `fault` is
    a refusal, which a file beside the study makes harmless.
    """
    of_file: dict[Path, list[Drawing]] = defaultdict(list)
    for each in (*(each for region in found.by_region.values() for each in region), *found.unnamed):
        of_file[each.path].append(each)
    objects = {path: _object(path, drawn, answers, protocol) for path, drawn in of_file.items()}
    for path, fault in found.faults.items():
        objects[path] = {"file": path.name, "kind": "", "fault": fault.sentence, "drawings": []}
    return [objects[path] for path in sorted(objects)]


def _object(path: Path, drawn: list[Drawing], answers: Answers, protocol: Protocol | None) -> dict[str, Any]:
    kind = "RTSTRUCT" if isinstance(drawn[0], Roi) else "SEG"
    ordered = sorted(drawn, key=lambda each: each.number)
    rows = [_of_protocol(each, answers) if protocol else _drawing(each, answers) for each in ordered]
    return {"file": path.name, "kind": kind, "fault": "", "drawings": rows}


def _about(each: Drawing) -> dict[str, Any]:
    why = "" if each.region else "no word or code names a region"
    return {
        "number": each.number,
        "label": each.label,
        "region": each.region,
        "used_as": [],
        "why": why,
        "fault": "",
    }


def _of_protocol(each: Drawing, answers: Answers) -> dict[str, Any]:
    region = each.region.partition("/")[0]
    answer = answers.get(DRAWN + region)
    if isinstance(answer, Refusal):
        return _about(each) | {"fault": answer.sentence}
    if answer is None:
        return _about(each)
    drawn = answer.notes["masks_of_dicom"].removesuffix(".").removeprefix(f"The mask of {region} is ")
    used = each.shown in drawn.split(", ")
    return _about(each) | ({"used_as": [region]} if used else {"why": f"another is named exactly like the {region}"})


def _drawing(each: Drawing, answers: Answers) -> dict[str, Any]:
    about = _about(each)
    if not each.region:
        return about
    roi = "zones" if each.region in (*ZONES, PART) else each.region
    answer, gland = answers.get(DRAWN + roi), answers.get(DRAWN + "gland")
    if isinstance(answer, Refusal):
        return about | {"fault": answer.sentence}
    of_zones = ["gland"] if isinstance(gland, Volume) and OF_ZONES.items() <= gland.notes.items() else []
    if each.region == PART:
        why = "counts only where zones are drawn and no gland is"
        return about | ({"used_as": of_zones} if of_zones else {"why": why})
    return about | {"used_as": ["zones", *of_zones] if roi == "zones" else [roi]} if answer else about

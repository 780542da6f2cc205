"""What the DICOM mask objects of a study are, for people: each segment or ROI, whether it is used, and why not."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.errors import Refusal
from backend.ingest.dicom.rtstruct import Roi
from backend.ingest.dicom.seg_masks import DRAWN, OF_ZONES, Drawing, Drawings
from backend.ingest.dicom.seg_words import PART, ZONES
from backend.ingest.dicom.volume import Volume

Answers = Mapping[str, Volume | Refusal]


def listed(found: Drawings, answers: Answers) -> list[dict[str, Any]]:
    """Every object by file name: its kind and its drawings, each with what it is used as, or why not.

    `answers` are those of `seg_masks.masks`; `fault` is a refusal, which a file beside the study makes harmless.
    """
    of_file: dict[Path, list[Drawing]] = defaultdict(list)
    for each in (*(each for region in found.by_region.values() for each in region), *found.unnamed):
        of_file[each.path].append(each)
    objects = {path: _object(path, drawn, answers) for path, drawn in of_file.items()}
    for path, fault in found.faults.items():
        objects[path] = {"file": path.name, "kind": "", "fault": fault.sentence, "drawings": []}
    return [objects[path] for path in sorted(objects)]


def _object(path: Path, drawn: list[Drawing], answers: Answers) -> dict[str, Any]:
    kind = "RTSTRUCT" if isinstance(drawn[0], Roi) else "SEG"
    rows = [_drawing(each, answers) for each in sorted(drawn, key=lambda each: each.number)]
    return {"file": path.name, "kind": kind, "fault": "", "drawings": rows}


def _drawing(each: Drawing, answers: Answers) -> dict[str, Any]:
    about = {"number": each.number, "label": each.label, "region": each.region, "used_as": [], "why": "", "fault": ""}
    if not each.region:
        return about | {"why": "no word or code names a region"}
    roi = "zones" if each.region in (*ZONES, PART) else each.region
    answer, gland = answers.get(DRAWN + roi), answers.get(DRAWN + "gland")
    if isinstance(answer, Refusal):
        return about | {"fault": answer.sentence}
    of_zones = ["gland"] if isinstance(gland, Volume) and OF_ZONES.items() <= gland.notes.items() else []
    if each.region == PART:
        why = "counts only where zones are drawn and no gland is"
        return about | ({"used_as": of_zones} if of_zones else {"why": why})
    return about | {"used_as": ["zones", *of_zones] if roi == "zones" else [roi]} if answer else about

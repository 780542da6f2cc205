"""The masks that DICOM objects of a study draw (segmentations, RT structure sets), on the grid of one of its images."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pydicom

from backend.errors import BadFile, Refusal
from backend.ingest.dicom.region_names import PROSTATE, RegionNames
from backend.ingest.dicom.rtstruct import read_rois
from backend.ingest.dicom.seg_grid import Lattice
from backend.ingest.dicom.seg_placing import (
    DRAWN,
    Drawing,
    Drawings,
    mask_volume,
    named,
    notes_about,
    notes_of,
    placed_on,
)
from backend.ingest.dicom.seg_references import Instance, Point
from backend.ingest.dicom.seg_segments import read_segments
from backend.ingest.dicom.seg_words import PART, ZONES
from backend.ingest.dicom.slices import MASKS
from backend.ingest.dicom.stated import shown, text
from backend.ingest.dicom.volume import Volume
from backend.ingest.formats.dicom_encoding import encoded
from backend.ingest.formats.open_files import FileReader
from backend.ingest.regions import STORED

SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
STRUCTURES = "1.2.840.10008.5.1.4.1.1.481.3"
OTHER_MASKS = {
    "1.2.840.10008.5.1.4.1.1.66.5": "as surfaces (Surface Segmentation)",
    "1.2.840.10008.5.1.4.1.1.66.8": "as heights (Height Map Segmentation)",
    "1.2.840.10008.5.1.4.1.1.68.1": "as surfaces (Surface Scan Mesh)",
}
CONTENTS = ("SegmentSequence", "StructureSetROISequence", "SurfaceSequence")
OF_ZONES = {
    "gland_from_zones": "There is no gland mask of its own: the gland is everything that the zones' segments mark."
}


def drawings(paths: Sequence[Path], reader: FileReader, names: RegionNames = PROSTATE) -> Drawings:
    """The drawings in those of the files that are segmentations or structure sets, by the regions of `names`."""
    found: dict[str, list[Drawing]] = defaultdict(list)
    faults: dict[Path, Refusal] = {}
    unnamed, others = [], 0
    for path in paths:
        try:
            read = _read(path, reader, names)
        except BadFile as refusal:
            faults[path] = refusal
            continue
        others += read is None
        for each in read or ():
            if each.region:
                found[each.region].append(each)
            else:
                unnamed.append(each)
    return Drawings(found, faults, tuple(unnamed), others, _sources([one for of in found.values() for one in of]))


def _sources(drawn: Sequence[Drawing]) -> frozenset[str]:
    """The UIDs of the slices that drawings name; damaged ones are refused where their masks are read."""
    try:
        return frozenset(uid for each in drawn for uid in each.sources) - {""}
    except Exception:  # damaged values make pydicom raise wherever they are looked at
        return frozenset()


def _read(path: Path, reader: FileReader, names: RegionNames) -> Sequence[Drawing] | None:
    """What an object draws; None of one that draws nothing (a report, a plan). Raises BadFile."""
    content = encoded(reader.read(path), path.name, reader.largest).content
    try:
        tags = pydicom.dcmread(io.BytesIO(content), specific_tags=["SOPClassUID", "Modality", *CONTENTS])
        kind = text(tags, "SOPClassUID").strip(" \0")
    except Exception:  # what pydicom raises on damaged bytes has no common class
        raise BadFile(f"{path.name} is a DICOM file with a header that cannot be read; export it again.") from None
    read = read_segments if kind in SEGMENTATIONS else read_rois if kind == STRUCTURES else None
    if read is None:
        if kind in OTHER_MASKS or any(tag in tags for tag in CONTENTS) or text(tags, "Modality").strip() in MASKS:
            what = OTHER_MASKS.get(kind, f"of a kind that is not known here ({shown('SOPClassUID')})")
            raise BadFile(f"{path.name} holds masks {what}, which is not read; save them as DICOM SEG or RTSTRUCT.")
        return None
    try:
        return read(path, reader, names)
    except Refusal:
        raise
    except Exception:  # damaged values make pydicom raise wherever they are looked at
        raise BadFile(f"The masks in {path.name} cannot be read: its header is damaged; export it again.") from None


def masks(
    found: Drawings, grids: Sequence[Lattice], places: Mapping[Instance, Point]
) -> tuple[dict[str, Volume | Refusal], dict[str, str]]:
    """gland, lesion and zones as far as they are drawn, each with `drawn` before its name; and notes by code.

    `grids` are those of the images, the T2 first; `places` says where each slice of the study lies. An object that
    cannot be read counts as the gland's refusal where nothing else draws the gland.
    """
    volumes: dict[str, Volume | Refusal] = {}
    for roi in ("gland", "lesion", "zones"):
        regions = (*ZONES, PART) if roi == "zones" else (roi,)
        drawn = {region: found.by_region[region] for region in regions if found.by_region.get(region)}
        try:
            if drawn and drawn.keys() != {PART}:
                volumes |= _of_roi(roi, drawn, grids, places, whole_gland=DRAWN + "gland" not in volumes)
        except Refusal as refusal:
            volumes[DRAWN + roi] = refusal
        except Exception:  # damaged values make pydicom raise wherever they are looked at
            names = ", ".join(sorted({each.path.name for of_region in drawn.values() for each in of_region}))
            volumes[DRAWN + roi] = BadFile(
                f"The masks in {names} cannot be read: a value of its header is damaged; export it again."
            )
    faults = list(found.faults.values())
    if faults and DRAWN + "gland" not in volumes:
        volumes[DRAWN + "gland"] = faults.pop(0)
    return volumes, notes_about(found, faults)


def _of_roi(
    roi: str,
    drawn: Mapping[str, Sequence[Drawing]],
    grids: Sequence[Lattice],
    places: Mapping[Instance, Point],
    *,
    whole_gland: bool,
) -> dict[str, Volume | Refusal]:
    every = [each for of_region in drawn.values() for each in of_region]
    for region, of_region in drawn.items():
        _check_single(region, of_region)
    grid, placed = placed_on(every, grids, places)
    union = {
        region: np.any([placed[id(each)].mask for each in of_region], axis=0) for region, of_region in drawn.items()
    }
    paths = tuple(dict.fromkeys(each.path for each in every))
    doubts = [doubt for each in every for doubt in placed[id(each)].doubts]
    notes = notes_of(roi, every, grids)
    notes |= {"mask_doubtful": f"{'; '.join(doubts)}."} if doubts else {}
    if roi != "zones":
        return {DRAWN + roi: mask_volume(union[roi].astype(np.uint8), grid, paths, notes)}
    both = int(np.count_nonzero(union["PZ"] & union["TZ"])) if len(union.keys() & {*ZONES}) == 2 else 0
    if both:
        raise BadFile(f"The zones PZ and TZ ({named(every)}) overlap in {both} voxels; correct them where drawn.")
    zones = np.zeros(grid.shape, np.uint8)
    for region in union.keys() & {*ZONES}:
        zones[union[region]] = STORED[region]
    made: dict[str, Volume | Refusal] = {DRAWN + roi: mask_volume(zones, grid, paths, notes)}
    if whole_gland:
        whole = np.any(list(union.values()), axis=0).astype(np.uint8)
        made[DRAWN + "gland"] = mask_volume(whole, grid, paths, notes_of("gland", every, grids) | OF_ZONES)
    return made


def _check_single(region: str, drawn: Sequence[Drawing]) -> None:
    """Refuse a region that several objects draw, and a gland drawn twice: which one counts is unknown."""
    if len({each.path for each in drawn}) > 1 or (region == "gland" and len(drawn) > 1):
        raise BadFile(f"Several DICOM drawings claim to be the {region} ({named(drawn)}); keep one of them.")

"""The masks that DICOM objects of a study draw (segmentations, RT structure sets), on the grid of one of its images."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom

from backend.errors import BadFile, Refusal
from backend.ingest.dicom.rtstruct import Roi, read_rois
from backend.ingest.dicom.seg_grid import Drawn, Lattice
from backend.ingest.dicom.seg_references import Instance, Point
from backend.ingest.dicom.seg_segments import Segment, read_segments
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
DRAWN = "drawn "
"""Before the name of a region where a DICOM object draws it: a file beside the study may draw it, too."""
OF_ZONES = {
    "gland_from_zones": "There is no gland mask of its own: the gland is everything that the zones' segments mark."
}
Drawing = Segment | Roi


@dataclass(frozen=True)
class Drawings:
    """What the objects of a study draw, by region; `faults` of unreadable objects; those without a known name.

    `others` counts the objects that are neither images nor masks.
    """

    by_region: Mapping[str, Sequence[Drawing]]
    faults: Mapping[Path, Refusal]
    unnamed: tuple[Drawing, ...]
    others: int = 0

    @property
    def without_images(self) -> str:
        """Why a folder without an image is no study."""
        if self.by_region or self.faults or self.unnamed:
            return (
                "The study folder holds DICOM masks and no image; put them beside the images that they were drawn on."
            )
        return "The study folder holds no DICOM image; check the folder."


def drawings(paths: Sequence[Path], reader: FileReader) -> Drawings:
    """The drawings in those of the files that are segmentations or structure sets."""
    found: dict[str, list[Drawing]] = defaultdict(list)
    faults: dict[Path, Refusal] = {}
    unnamed, others = [], 0
    for path in paths:
        try:
            read = _read(path, reader)
        except BadFile as refusal:
            faults[path] = refusal
            continue
        others += read is None
        for each in read or ():
            if each.region:
                found[each.region].append(each)
            else:
                unnamed.append(each)
    return Drawings(found, faults, tuple(unnamed), others)


def _read(path: Path, reader: FileReader) -> Sequence[Drawing] | None:
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
        return read(path, reader)
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
    notes = {"mask_unused": " ".join(fault.sentence for fault in faults)} if faults else {}
    if found.unnamed:
        notes["mask_unnamed"] = f"Not used, as no word or code names a region: {_names(found.unnamed)}."
    if found.others:
        kept = (
            "object that is neither image nor mask"
            if found.others == 1
            else "objects that are neither images nor masks"
        )
        notes["objects_unused"] = f"Not used: {found.others} DICOM {kept}."
    return volumes, notes


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
    grid, placed = _placed(every, grids, places)
    union = {
        region: np.any([placed[id(each)].mask for each in of_region], axis=0) for region, of_region in drawn.items()
    }
    paths = tuple(dict.fromkeys(each.path for each in every))
    doubts = [doubt for each in every for doubt in placed[id(each)].doubts]
    notes = _notes(roi, every, grids)
    notes |= {"mask_doubtful": f"{'; '.join(doubts)}."} if doubts else {}
    if roi != "zones":
        return {DRAWN + roi: _volume(union[roi].astype(np.uint8), grid, paths, notes)}
    both = int(np.count_nonzero(union["PZ"] & union["TZ"])) if len(union.keys() & {*ZONES}) == 2 else 0
    if both:
        raise BadFile(f"The zones PZ and TZ ({_names(every)}) overlap in {both} voxels; correct them where drawn.")
    zones = np.zeros(grid.shape, np.uint8)
    for region in union.keys() & {*ZONES}:
        zones[union[region]] = STORED[region]
    made: dict[str, Volume | Refusal] = {DRAWN + roi: _volume(zones, grid, paths, notes)}
    if whole_gland:
        whole = np.any(list(union.values()), axis=0).astype(np.uint8)
        made[DRAWN + "gland"] = _volume(whole, grid, paths, _notes("gland", every, grids) | OF_ZONES)
    return made


def _check_single(region: str, drawn: Sequence[Drawing]) -> None:
    """Refuse a region that several objects draw, and a gland drawn twice: which one counts is unknown."""
    if len({each.path for each in drawn}) > 1 or (region == "gland" and len(drawn) > 1):
        raise BadFile(f"Several DICOM drawings claim to be the {region} ({_names(drawn)}); keep one of them.")


def _names(drawn: Sequence[Drawing]) -> str:
    return ", ".join(each.shown for each in drawn)


def _placed(
    drawn: Sequence[Drawing], grids: Sequence[Lattice], places: Mapping[Instance, Point]
) -> tuple[Lattice, dict[int, Drawn]]:
    """The first grid of an image that all lie on, else their own; and their masks on it. Raises BadFile."""
    near = [grid for grid in grids if all(_share_space(each, grid) for each in drawn)]
    if not near:
        raise BadFile(
            f"The {_names(drawn)} is in another frame of reference ({shown('FrameOfReferenceUID')}) than the images, "
            "so where it lies in them is unknown; export mask and images from one place."
        )
    why = ""
    for grid in near:
        masks = {id(each): each.on(grid) for each in drawn}
        phrases = [mask for mask in masks.values() if isinstance(mask, str)]
        if not phrases:
            for each in drawn:
                each.check_sources(places, grid)
            return grid, {key: mask for key, mask in masks.items() if not isinstance(mask, str)}
        why = why or phrases[0]
    own = drawn[0].own_grid()
    if isinstance(own, str):
        why += f" and {own}"
    elif len({each.path for each in drawn}) > 1:
        why += " and is drawn in several files"
    elif not own.frame or own.frame not in {grid.frame for grid in near}:
        why += f" and no {shown('FrameOfReferenceUID')} shows that it shares their space"
    else:
        return own, {id(each): _surely(each.on(own)) for each in drawn}
    raise BadFile(f"The {_names(drawn)} {why}; draw it on an image of the study.")


def _surely(mask: Drawn | str) -> Drawn:
    if isinstance(mask, str):
        raise BadFile(f"The segmentation {mask}; export it again.")
    return mask


def _share_space(each: Drawing, grid: Lattice) -> bool:
    """Whether both are in one frame of reference, or one of them states none."""
    return not each.frame_of_reference or not grid.frame or each.frame_of_reference == grid.frame


def _notes(roi: str, drawn: Sequence[Drawing], grids: Sequence[Lattice]) -> dict[str, str]:
    """What draws a region, and which of it no tag places in the space of the images."""
    notes = {"masks_of_dicom": f"The mask of {roi} is {_names(drawn)}."}
    unstated = [each for each in drawn if not each.frame_of_reference or not any(grid.frame for grid in grids)]
    if unstated:
        notes["mask_frame_unstated"] = (
            f"{_names(unstated)}: no {shown('FrameOfReferenceUID')} shows that mask and image share a space."
        )
    return notes


def _volume(voxels: npt.NDArray[np.uint8], grid: Lattice, paths: tuple[Path, ...], notes: dict[str, str]) -> Volume:
    key = " and ".join(path.name for path in paths)
    return Volume(voxels, grid.spacing, grid.origin, grid.direction, paths, "", key, notes=notes)

"""DICOM drawings of masks put on a grid of the study's images, and what is said about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend.errors import BadFile, Refusal
from backend.ingest.dicom.rtstruct import Roi
from backend.ingest.dicom.seg_grid import Drawn, Lattice
from backend.ingest.dicom.seg_references import Instance, Point
from backend.ingest.dicom.seg_segments import Segment
from backend.ingest.dicom.stated import shown
from backend.ingest.dicom.volume import Volume

DRAWN = "drawn "
"""Before the name of a region where a DICOM object draws it: a file beside the study may draw it, too."""
Drawing = Segment | Roi


@dataclass(frozen=True)
class Drawings:
    """What the objects of a study draw, by region; `faults` of unreadable objects; those without a known name.

    `others` counts the objects that are neither images nor masks; `sources` are the UIDs of the slices drawn on.
    """

    by_region: Mapping[str, Sequence[Drawing]]
    faults: Mapping[Path, Refusal]
    unnamed: tuple[Drawing, ...]
    others: int = 0
    sources: frozenset[str] = frozenset()

    @property
    def without_images(self) -> str:
        """Why a folder without an image is no study."""
        if self.by_region or self.faults or self.unnamed:
            return (
                "The study folder holds DICOM masks and no image; put them beside the images that they were drawn on."
            )
        return "The study folder holds no DICOM image; check the folder."


def notes_about(found: Drawings, faults: Sequence[Refusal]) -> dict[str, str]:
    """Notes by code on what was not used: faulty objects, drawings without a known name, other objects."""
    notes = {"mask_unused": " ".join(fault.sentence for fault in faults)} if faults else {}
    if found.unnamed:
        notes["mask_unnamed"] = f"Not used, as no word or code names a region: {named(found.unnamed)}."
    if found.others:
        kept = (
            "object that is neither image nor mask"
            if found.others == 1
            else "objects that are neither images nor masks"
        )
        notes["objects_unused"] = f"Not used: {found.others} DICOM {kept}."
    return notes


def named(drawn: Sequence[Drawing]) -> str:
    """The drawings by file and number."""
    return ", ".join(each.shown for each in drawn)


def placed_on(
    drawn: Sequence[Drawing], grids: Sequence[Lattice], places: Mapping[Instance, Point]
) -> tuple[Lattice, dict[int, Drawn]]:
    """The first grid of an image that all lie on, else their own; and their masks on it. Raises BadFile."""
    near = [grid for grid in grids if all(_share_space(each, grid) for each in drawn)]
    if not near:
        raise BadFile(
            f"The {named(drawn)} is in another frame of reference ({shown('FrameOfReferenceUID')}) than the images, "
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
    raise BadFile(f"The {named(drawn)} {why}; draw it on an image of the study.")


def _surely(mask: Drawn | str) -> Drawn:
    if isinstance(mask, str):
        raise BadFile(f"The segmentation {mask}; export it again.")
    return mask


def _share_space(each: Drawing, grid: Lattice) -> bool:
    """Whether both are in one frame of reference, or one of them states none."""
    return not each.frame_of_reference or not grid.frame or each.frame_of_reference == grid.frame


def notes_of(roi: str, drawn: Sequence[Drawing], grids: Sequence[Lattice]) -> dict[str, str]:
    """What draws a region, and which of it no tag places in the space of the images."""
    notes = {"masks_of_dicom": f"The mask of {roi} is {named(drawn)}."}
    unstated = [each for each in drawn if not each.frame_of_reference or not any(grid.frame for grid in grids)]
    if unstated:
        notes["mask_frame_unstated"] = (
            f"{named(unstated)}: no {shown('FrameOfReferenceUID')} shows that mask and image share a space."
        )
    return notes


def mask_volume(voxels: npt.NDArray[np.uint8], grid: Lattice, paths: tuple[Path, ...], notes: dict[str, str]) -> Volume:
    """A mask as it is stored."""
    key = " and ".join(path.name for path in paths)
    return Volume(voxels, grid.spacing, grid.origin, grid.direction, paths, "", key, notes=notes)

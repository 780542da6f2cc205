"""The masks that DICOM objects of a study draw under a protocol: by its regions' names, on the grid of an image."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from backend.errors import BadFile, Refusal
from backend.ingest.dicom.region_names import ProtocolNames
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
from backend.ingest.dicom.volume import Volume
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolRegion

Answers = dict[str, Volume | Refusal]


def masks_of_protocol(
    found: Drawings, grids: Sequence[Lattice], places: Mapping[Instance, Point], protocol: Protocol
) -> tuple[Answers, dict[str, str]]:
    """The regions as far as they are drawn, each with `drawn` before its name; and notes by code.

    An object that cannot be read is the refusal of a required region that nothing else draws.
    """
    volumes: Answers = {}
    names, passed = ProtocolNames(protocol), []
    for region in protocol.regions:
        drawn, numbered = _of_region(region, found, names)
        passed += numbered
        if not drawn:
            continue
        try:
            volumes[DRAWN + region.name] = _volume(region, drawn, grids, places)
        except Refusal as refusal:
            volumes[DRAWN + region.name] = refusal
        except Exception:  # damaged values make pydicom raise wherever they are looked at
            files = ", ".join(sorted({each.path.name for of_code in drawn.values() for each in of_code}))
            volumes[DRAWN + region.name] = BadFile(
                f"The masks in {files} cannot be read: a value of its header is damaged; export it again."
            )
    faults = list(found.faults.values())
    for region in protocol.regions:
        if faults and region.required and DRAWN + region.name not in volumes:
            volumes[DRAWN + region.name] = faults.pop(0)
    notes = notes_about(found, faults)
    if passed:
        notes["mask_passed"] = f"Not used, as another is named exactly like the region: {named(passed)}."
    return volumes, notes


def _of_region(
    region: ProtocolRegion, found: Drawings, names: ProtocolNames
) -> tuple[dict[int, list[Drawing]], list[Drawing]]:
    """The drawings of a region by code (1 where it is binary), and those that only a number or side makes fit."""
    wanted = {f"{region.name}/{name}": code for code, name in region.codes.items()} or {region.name: 1}
    drawn: dict[int, list[Drawing]] = defaultdict(list)
    passed: list[Drawing] = []
    for name, code in wanted.items():
        of_name = list(found.by_region.get(name, ()))
        exact = [each for each in of_name if names.exactly(each.label) == name]
        numbered = [each for each in of_name if each not in exact]
        passed += numbered if exact else []
        if of_name:
            drawn[code] = exact or of_name
    return drawn, passed


def _volume(
    region: ProtocolRegion,
    drawn: Mapping[int, list[Drawing]],
    grids: Sequence[Lattice],
    places: Mapping[Instance, Point],
) -> Volume:
    every = [each for of_code in drawn.values() for each in of_code]
    if len({each.path for each in every}) > 1:
        raise BadFile(f"Several DICOM objects claim to draw the {region.name} ({named(every)}); keep one of them.")
    grid, placed = placed_on(every, grids, places)
    labels = np.zeros(grid.shape, np.uint8)
    for code, of_code in drawn.items():
        marked = np.any([placed[id(each)].mask for each in of_code], axis=0)
        both = int(np.count_nonzero(marked & (labels > 0)))
        if both:
            raise BadFile(
                f"The parts of {region.name} ({named(every)}) overlap in {both} voxels; correct them where drawn."
            )
        labels[marked] = code
    doubts = [doubt for each in every for doubt in placed[id(each)].doubts]
    notes = notes_of(region.name, every, grids) | ({"mask_doubtful": f"{'; '.join(doubts)}."} if doubts else {})
    return mask_volume(labels, grid, tuple(dict.fromkeys(each.path for each in every)), notes)

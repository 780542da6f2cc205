"""How cases of a protocol are shown: which pictures in which order, colours of regions, what a case opens on."""

from collections.abc import Collection

from shared import schemas as s
from shared.protocol_words import REGION_COLOURS, finding_of, frame_of, region_colours, shown_modalities
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolRegion


def display_of(protocol: Protocol, present: Collection[str] = ()) -> s.CaseDisplay:
    """The display of a protocol's cases; `present` are the modalities that any case of the cohort has.

    Others than these and the required ones are left out: nobody scrolls through a picture that no case has.
    """
    own = {one.name: one for one in protocol.modalities}
    shown = [own[name] for name in shown_modalities(protocol) if own[name].required or name in present]
    colours = region_colours(protocol)
    return s.CaseDisplay(
        modalities=[
            s.ShownModality(name=one.name, unit=one.unit, window=None if one.window == "auto" else one.window)
            for one in shown
        ],
        regions=[
            s.ShownRegion(name=one.name, colour=colours[one.name], codes=_codes(one, colours[one.name]))
            for one in protocol.regions
        ],
        finding=finding_of(protocol),
        frame=frame_of(protocol),
    )


def opening_order(protocol: Protocol) -> tuple[str, ...]:
    """Regions in the order in which the opening slice is looked for: most of the first that has voxels."""
    first = [name for name in (finding_of(protocol), frame_of(protocol)) if name is not None]
    return tuple(dict.fromkeys((*first, *protocol.rois)))


def _codes(region: ProtocolRegion, colour: str) -> list[s.ShownCode]:
    """The codes of a region: one colour for all where it is given, else the palette from the region's own on."""
    palette: tuple[str, ...] = (colour,)
    if region.colour == "auto" and colour in REGION_COLOURS:
        start = REGION_COLOURS.index(colour)
        palette = REGION_COLOURS[start:] + REGION_COLOURS[:start]
    return [
        s.ShownCode(code=code, name=name, colour=palette[place % len(palette)])
        for place, (code, name) in enumerate(sorted(region.codes.items()))
    ]

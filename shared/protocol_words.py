"""What sentences, charts and reports take from a protocol: words of targets, order, colours."""

from collections.abc import Iterable, Sequence

from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolModality, ProtocolRegion

MODALITY_COLOURS = ("#009E73", "#C2185B", "#7733FF", "#A05A8C", "#8E7CC3", "#FF0055")
"""Colours that people with every kind of colour vision tell apart, and that stand out on white and on dark pages."""
MEANT = ("#0072B2", "#D55E00", "#B8860B")
"""Stronger, weaker, label-borne: these colours mean a change and nothing else, so no modality has one of them."""
REGION_COLOURS = ("#56B4E9", "#F0E442", "#CC79A7", "#E69F00", "#009E73", "#D55E00")
"""The same, those first that stand out on a grey image."""
FURTHER = "#8A8F98"
"""Of what comes after the palette's end; its name stands beside it everywhere."""


def target_words(protocol: Protocol, name: str) -> str:
    """What sentences call a target: its label, else its name; a name that came with tables stays as it is."""
    return next((one.label for one in protocol.targets if one.name == name and one.label), name)


def shown_modalities(protocol: Protocol) -> tuple[str, ...]:
    """Modalities in the order in which they are shown."""
    return protocol.display_order or protocol.modality_names


def modality_colours(protocol: Protocol) -> dict[str, str]:
    """Modality -> colour, those it leaves open taken from the palette in the order of display."""
    own = {one.name: one for one in protocol.modalities}
    return _colours([own[name] for name in shown_modalities(protocol) if name in own], MODALITY_COLOURS, MEANT)


def region_colours(protocol: Protocol) -> dict[str, str]:
    """Region -> colour of its outline."""
    return _colours(protocol.regions, REGION_COLOURS)


def finding_of(protocol: Protocol) -> str | None:
    """The region a case opens on: what a target outlines, else the first region."""
    outlined = [one.region for one in protocol.targets if one.region in protocol.rois]
    return next(iter((*outlined, *protocol.rois, *protocol.region_names)), None)


def frame_of(protocol: Protocol) -> str | None:
    """The region that lies around the finding: the first one that is listed before it."""
    finding = finding_of(protocol)
    before = protocol.rois[: protocol.rois.index(finding)] if finding in protocol.rois else ()
    return next(iter(before), None)


def spoken(name: str) -> str:
    """A region's name as a sentence has it: `lymph_node` is `lymph node`."""
    return name.replace("_", " ")


def _colours(
    parts: Sequence[ProtocolModality | ProtocolRegion], palette: Iterable[str], refused: Sequence[str] = ()
) -> dict[str, str]:
    """The colour each part asks for, else the next of the palette; what is `refused` counts as not asked for."""
    asked = {one.name: one.colour for one in parts if one.colour != "auto" and one.colour.upper() not in refused}
    taken = {colour.upper() for colour in asked.values()}
    free = iter([colour for colour in palette if colour not in taken])
    return {one.name: asked.get(one.name) or next(free, FURTHER) for one in parts}

"""What a fine-tuning for a target learns, from which column or mask, in one sentence."""

from frontend.text.causes_words import listed
from shared import schemas as s


def learns(protocol: s.Protocol, target: s.ProtocolTarget) -> str:
    """What is learnt and from where, such as a column of the clinical table, in a sentence."""
    sees = f" It sees {listed(target.modalities)} alone." if target.modalities else ""
    return f"It learns {_what(protocol, target)}.{sees}"


def _what(protocol: s.Protocol, target: s.ProtocolTarget) -> str:
    if target.kind == "mask":
        return f"to outline the region {target.region}, from the masks"
    if target.kind == "survival":
        time, event = target.columns or ("", "")
        return f"who has the event earlier: the time in the column {time}, and in {event} whether the event was seen"
    column = f"of the column {target.column} of the clinical table"
    if target.kind == "number":
        region = next((one.name for one in protocol.regions if one.volume_column == target.column), None)
        return f"the number {column}" if region is None else f"the volume of the region {region} in mL, from the masks"
    kind = "grades in this order" if target.kind == "ordinal" else "classes"
    return f"the {kind}, {listed(target.classes, most=8)}, {column}"

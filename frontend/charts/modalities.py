"""How modalities are told apart in charts: a colour and a symbol each, in the order of the cohort's protocol."""

from collections.abc import Iterable

from frontend.charts import style
from shared import schemas as s
from shared.protocol_words import FURTHER, MODALITY_COLOURS, modality_colours

Look = tuple[str, str]
"""Colour and symbol."""


def looks(protocol: s.Protocol, names: Iterable[str]) -> dict[str, Look]:
    """The look of each of these modalities, those of the protocol first.

    Tables may bring modalities that the protocol does not name: they take what the others leave of the palette.
    """
    wanted = set(names)
    colours = {name: colour for name, colour in modality_colours(protocol).items() if name in wanted}
    taken = {colour.upper() for colour in colours.values()}
    free = iter([colour for colour in MODALITY_COLOURS if colour not in taken])
    colours |= {name: next(free, FURTHER) for name in sorted(wanted - set(colours))}
    return {
        name: (colour, style.SYMBOLS[place % len(style.SYMBOLS)])
        for place, (name, colour) in enumerate(colours.items())
    }

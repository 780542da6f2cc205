"""Names, units and colours of an analysis' modalities: those of its protocol, else those of the paper's three."""

from backend.science.analysis.report import Report
from backend.science.text_format import words_only
from backend.science.types import MODALITIES

PALETTE = ("#009E73", "#C2185B", "#7733FF", "#A05A8C", "#8E7CC3", "#FF0055")
"""As `shared.protocol_words`, which science may not import."""
MODALITY_COLOURS = dict(zip(MODALITIES, PALETTE[:3], strict=True))
OTHER_COLOUR = "#8A8F98"


def modality_colours(report: Report) -> dict[str, str]:
    """Colour by modality; of files the paper's three keep theirs, others take the palette's next in turn."""
    if report.protocol is None:
        own = {name: MODALITY_COLOURS[name] for name in report.modalities if name in MODALITY_COLOURS}
        free = iter([colour for colour in PALETTE if colour not in own.values()])
        return own | {name: next(free, OTHER_COLOUR) for name in report.modalities if name not in own}
    return {one.name: one.colour for one in report.protocol.modalities}


def modality_words(report: Report) -> list[str]:
    """`T2`, or `CT (HU)` where the protocol gives a unit."""
    if report.protocol is None:
        return [words_only(one) for one in report.modalities]
    units = {one.name: one.unit for one in report.protocol.modalities}
    return [
        f"{words_only(one)} ({words_only(units[one])})" if units.get(one) else words_only(one)
        for one in report.modalities
    ]

"""Names, units and colours of an analysis' modalities: those of its protocol, else those of the paper's three."""

from backend.science.analysis.report import Report
from backend.science.text_format import words_only

MODALITY_COLOURS = {"T2": "#0072B2", "DWI": "#D55E00", "ADC": "#009E73"}
OTHER_COLOUR = "#8A8F98"


def modality_colours(report: Report) -> dict[str, str]:
    """Colour by modality; of files and of the prostate those of the paper's three, others are grey."""
    if report.protocol is None:
        return MODALITY_COLOURS
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

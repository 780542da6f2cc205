"""Colours and symbols of modalities: the protocol's, apart from each other, and seen on white and on dark pages."""

import pytest

from frontend.charts import style
from frontend.charts.modalities import looks
from shared import schemas as s
from shared.protocol_words import FURTHER, MODALITY_COLOURS
from shared.protocols.reader import BUILT_IN, built_in, prostate


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", MODALITY_COLOURS)
@pytest.mark.parametrize("dark", [False, True])
def test_every_colour_of_the_palette_stands_out_from_the_page(colour: str, dark: bool) -> None:
    low, high = sorted([luminance(colour), luminance(style.paper(dark))])
    assert (high + 0.05) / (low + 0.05) >= 3, "WCAG 2.2: parts of a graphic"


def test_the_prostate_keeps_its_colours_and_symbols() -> None:
    assert looks(prostate(), ["ADC", "T2", "DWI"]) == {
        "T2": ("#009E73", "circle"), "DWI": ("#C2185B", "square"), "ADC": ("#7733FF", "diamond"),
    }  # fmt: skip


def test_modalities_of_another_protocol_differ_in_colour_and_symbol() -> None:
    found = looks(built_in("brain-glioma-mri"), ["FLAIR", "T1", "T1ce", "T2"])
    assert list(found) == ["T1ce", "FLAIR", "T1", "T2"], "the order of display"
    assert len({colour for colour, _ in found.values()}) == len({symbol for _, symbol in found.values()}) == 4


def test_a_modality_of_a_table_takes_what_is_left_of_the_palette() -> None:
    assert looks(prostate(), ["CT"]) == {"CT": ("#009E73", "circle")}
    assert looks(prostate(), ["CT", "T2"]) == {"T2": ("#009E73", "circle"), "CT": ("#C2185B", "square")}
    many = looks(prostate(), [f"M{number}" for number in range(8)])
    assert list(many.values())[-1][0] == FURTHER


def test_no_modality_has_a_colour_that_means_a_change_not_even_in_a_protocol_of_before() -> None:
    before = prostate().model_dump()
    for modality, colour in zip(before["modalities"], ("#0072B2", "#d55e00", "#B8860B"), strict=True):
        modality["colour"] = colour
    changes = {style.STRONGER, style.WEAKER, style.LABEL_BORNE}
    for protocol in (s.Protocol.model_validate(before), *(built_in(name) for name in BUILT_IN)):
        colours = [colour for colour, _ in looks(protocol, protocol.modality_names).values()]
        assert not changes & {colour.upper() for colour in colours}
        assert len(set(colours)) == len(colours)

"""Words, order and colours of a protocol: the prostate's are those of the code, others take them from their file."""

import pytest

from backend.science.report.protocol_words import MODALITY_COLOURS
from backend.science.training.task_names import TASK_WORDS
from shared.protocol_words import (
    FURTHER,
    modality_colours,
    region_colours,
    shown_modalities,
    target_words,
)
from shared.protocols.reader import BUILT_IN, built_in, own_protocol, prostate

LIVER = """
name: liver
modalities:
  - {name: HBP, required: true, reference: true}
  - {name: ART, colour: "#009e73"}
  - {name: b50-DWI}
regions: [{name: tumor}, {name: organ, colour: "#56B4E9"}]
targets:
  - {name: response, label: response to treatment, kind: class, column: response, classes: ["no", "yes"]}
  - {name: size, kind: number, column: size}
grid: {spacing_mm: [1, 1, 2], size_zyx: [64, 160, 160]}
display_order: [b50-DWI, HBP, ART]
"""


def test_the_prostate_has_the_words_and_colours_of_the_code() -> None:
    found = prostate()
    assert {name: target_words(found, name) for name in [one.name for one in found.targets]} == TASK_WORDS
    assert modality_colours(found) == MODALITY_COLOURS
    assert region_colours(found) == {one.name: one.colour for one in found.regions}


def test_another_protocol_gives_its_own() -> None:
    liver = own_protocol(LIVER, "liver.yaml")
    assert target_words(liver, "response") == "response to treatment"
    assert [target_words(liver, name) for name in ("size", "of a table")] == ["size", "of a table"]
    assert shown_modalities(liver) == ("b50-DWI", "HBP", "ART")
    assert modality_colours(liver) == {"b50-DWI": "#C2185B", "HBP": "#7733FF", "ART": "#009e73"}
    assert region_colours(liver) == {"tumor": "#F0E442", "organ": "#56B4E9"}


def test_more_modalities_than_the_palette_has_are_grey() -> None:
    many = "".join(f"\n  - {{name: M{number}}}" for number in range(8))
    found = own_protocol(LIVER.replace("\n  - {name: b50-DWI}", many).split("display_order")[0], "liver.yaml")
    assert list(modality_colours(found).values())[-3:] == [FURTHER] * 3


@pytest.mark.parametrize("name", BUILT_IN)
def test_no_two_modalities_of_a_built_in_protocol_share_a_colour(name: str) -> None:
    found = list(modality_colours(built_in(name)).values())
    assert len(set(found)) == len(found)

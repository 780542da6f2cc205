"""What is told of a patient on a shared page, and the colours of outlines, under any protocol."""

from pathlib import Path

import pytest

from backend.queries.shared_page.patient_words import (
    age_words,
    colour_word,
    outline_words,
    outlined,
    patient_words,
    volume_words,
)
from backend.storage.blob_store import BlobStore
from shared.protocols.reader import prostate
from tests.drawn_cohorts import drawn, protocols
from tests.small_study import small_study, stored

EXPECTED = {
    1: "nodule blue, lung yellow",
    2: "uterus orange, left node blue",
    4: "tumor blue",
    6: "liver blue, tumor yellow, vessels purple",
}


@pytest.mark.parametrize("number", EXPECTED)
def test_outlines_and_their_colours_are_those_of_the_protocol(tmp_path: Path, number: int) -> None:
    protocol = protocols()[number]
    case = stored(BlobStore(tmp_path), drawn(protocol))
    case.clinical = {}
    assert outline_words(outlined(case, protocol), protocol) == EXPECTED[number]


def test_the_prostate_is_outlined_as_before(tmp_path: Path) -> None:
    case = stored(BlobStore(tmp_path), small_study())
    assert outline_words(outlined(case, prostate()), prostate()) == "gland blue, lesion yellow"


def test_a_size_a_score_and_a_coarse_age_are_told(tmp_path: Path) -> None:
    case = stored(BlobStore(tmp_path), ({}, {}))
    case.pirads, case.age, case.gland_ml = 4, 93.0, 57.6
    assert patient_words(case, "gland") == "Gland 58 mL, PI-RADS 4, age 90+"
    case.pirads, case.age, case.gland_ml = None, None, None
    assert patient_words(case, "gland") == ""


def test_ages_over_89_are_coarse_and_small_volumes_have_a_digit() -> None:
    assert [age_words(age) for age in (63.9, 89.0, 90.0, 104.0)] == ["63", "89", "90+", "90+"]
    assert [volume_words(ml) for ml in (0.44, 9.96, 57.6)] == ["0.4 mL", "10.0 mL", "58 mL"]


@pytest.mark.parametrize(
    ("colour", "word"),
    [
        ("#56B4E9", "blue"), ("#F0E442", "yellow"), ("#CC79A7", "purple"), ("#E69F00", "orange"),
        ("#009E73", "green"), ("#D55E00", "red"), ("#8A8F98", "grey"), ("#ff0000", "red"), ("#FFFFFF", "white"),
    ],
)  # fmt: skip
def test_colours_have_everyday_names(colour: str, word: str) -> None:
    assert colour_word(colour) == word

"""Pictures of shared pages under any protocol: what is drawn, and the words that go with it."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.queries.share_pictures import SharedPicture, colour_word, facts, shared_picture
from backend.storage.blob_store import BlobStore
from shared.protocols.reader import prostate
from shared.schemas.protocol import Protocol
from tests.drawn_cohorts import Study, drawn, protocols
from tests.small_study import small_study, stored

EXPECTED = {
    1: ("CT slice with nodule and lung outlined", "nodule blue, lung yellow"),
    2: ("DCE slice with uterus and left node outlined", "uterus orange, left node blue"),
    4: ("T1ce slice with tumor outlined", "tumor blue"),
    6: ("HBP slice with liver, tumor and vessels outlined", "liver blue, tumor yellow, vessels purple"),
}


def shared(folder: Path, protocol: Protocol, study: Study, modality: str) -> SharedPicture:
    files = BlobStore(folder)
    case = stored(files, study)
    case.clinical = {}
    found = shared_picture(files, case, protocol, modality)
    assert found is not None
    return found


@pytest.mark.parametrize("number", EXPECTED)
def test_the_picture_says_its_image_and_outlines(tmp_path: Path, number: int) -> None:
    protocol = protocols()[number]
    found = shared(tmp_path, protocol, drawn(protocol), EXPECTED[number][0].split()[0])
    assert (found.words, found.outlines) == EXPECTED[number]
    assert np.ptp(np.asarray(Image.open(io.BytesIO(found.png)))) > 100


def test_the_prostate_is_told_as_before(tmp_path: Path) -> None:
    found = shared(tmp_path, prostate(), small_study(), "DWI")
    assert found.words == "DWI slice with gland and lesion outlined"
    assert found.outlines == "gland blue, lesion yellow"


def test_an_image_the_case_lacks_gives_way_to_the_reference(tmp_path: Path) -> None:
    protocol = protocols()[6]
    images, _ = drawn(protocol)
    del images["ADC"]
    found = shared(tmp_path, protocol, (images, {}), "ADC")
    assert (found.modality, found.words, found.outlines) == ("HBP", "HBP slice", "")


def test_without_images_there_is_no_picture(tmp_path: Path) -> None:
    files = BlobStore(tmp_path)
    assert shared_picture(files, stored(files, ({}, {})), prostate(), "T2") is None


def test_a_score_and_a_coarse_age_are_told(tmp_path: Path) -> None:
    case = stored(BlobStore(tmp_path), ({}, {}))
    case.pirads, case.age = 4, 93.0
    assert facts(case) == ", PI-RADS 4, age 90+"
    case.pirads, case.age = None, None
    assert facts(case) == ""


@pytest.mark.parametrize(
    ("colour", "word"),
    [
        ("#56B4E9", "blue"), ("#F0E442", "yellow"), ("#CC79A7", "purple"), ("#E69F00", "orange"),
        ("#009E73", "green"), ("#D55E00", "red"), ("#8A8F98", "grey"), ("#ff0000", "red"), ("#FFFFFF", "white"),
    ],
)  # fmt: skip
def test_colours_have_everyday_names(colour: str, word: str) -> None:
    assert colour_word(colour) == word

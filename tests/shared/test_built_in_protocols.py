"""The built-in protocols: the prostate's is what the code's constants say, and all read themselves back."""

import re

import pytest

from backend.ingest import regions
from backend.ingest.layouts import bids, dataset_json, manifest, picai
from backend.jobs.data.learned_target import learned_target
from backend.science.imaging import prepare
from backend.science.training.task_names import TASK_WORDS
from backend.science.types import MODALITIES
from backend.storage import cache_keys
from shared import schemas as s
from shared.protocols.reader import BUILT_IN, built_in, prostate
from shared.schemas.protocol import NEEDED_BY_RULE, PROSTATE, Protocol
from tests.science.prostate_targets import prostate_target


def words(name: str) -> str:
    return " ".join(re.split(r"[\s_-]+", name.lower()))


def test_the_prostate_has_the_modalities_of_the_code_in_their_order() -> None:
    found = prostate()
    assert found.name == PROSTATE == BUILT_IN[0]
    assert found.modality_names == MODALITIES == s.MODALITIES == cache_keys.IMAGES == found.display_order
    assert found.required_modalities == MODALITIES
    assert found.reference == "T2"
    assert {one.name: one.unit for one in found.modalities} == {"T2": "a.u.", "DWI": "a.u.", "ADC": "10⁻⁶ mm²/s"}


def test_the_prostate_finds_images_by_the_words_of_every_layout() -> None:
    spoken: dict[str, set[str]] = {name: set() for name in MODALITIES}
    for modality, names in (*manifest.IMAGES.items(), *dataset_json.MODALITIES.items()):
        spoken[modality].update(map(words, names))
    for word, modality in (*picai.IMAGES.items(), *bids.SUFFIXES.items()):
        spoken[modality].add(words(word))
    assert {one.name: {words(each) for each in one.aliases} for one in prostate().modalities} == spoken


def test_the_prostate_has_the_regions_of_the_code() -> None:
    found = prostate()
    assert found.rois == s.ROIS
    assert found.region_names == prepare.ROIS == tuple(manifest.MASKS)
    for region in found.regions:
        if region.kind == "binary":
            spoken = {name for name, own in regions.MEANING.items() if own == region.name}
            assert {region.name, *region.aliases} == {name for name in spoken if name == name.lower()}
    zones = found.regions[-1]
    assert {name: code for code, name in zones.codes.items()} == regions.STORED
    assert [one.colour for one in found.regions] == ["#56B4E9", "#F0E442", "#CC79A7"]


def test_the_prostate_has_the_grid_and_the_intensities_of_the_code() -> None:
    found, window = prostate(), s.EncoderInput()
    assert found.grid.spacing_mm == (prepare.IN_PLANE_MM, prepare.IN_PLANE_MM, prepare.SLICE_MM)
    assert found.grid.spacing_mm[::-1] == window.spacing_zyx_mm
    assert (found.grid.size_zyx, found.grid.orientation) == (window.size_zyx, window.orientation)
    assert found.intensity == dict.fromkeys(MODALITIES, "z-score nonzero")


def test_the_prostate_has_the_targets_of_the_code() -> None:
    found = {one.name: one for one in prostate().targets}
    assert tuple(found) == s.TASKS == tuple(TASK_WORDS)
    assert {name for name, one in found.items() if one.modalities == ("T2",)} == set(cache_keys.OF_TARGETS)
    for name, one in found.items():
        assert learned_target(prostate(), one, prostate_target(name).channels) == prostate_target(name)


def test_only_the_prostate_has_rules_of_an_organ() -> None:
    assert set(prostate().quality) == set(NEEDED_BY_RULE)
    assert [built_in(name).quality for name in BUILT_IN[1:]] == [()] * 3


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_protocol_reads_itself_back(name: str) -> None:
    assert Protocol.model_validate_json(built_in(name).model_dump_json()) == built_in(name)

"""The engine's bar on small images: IBSI's phantom, PyRadiomics' baselines, example files, a file for each setting."""

from collections import Counter

import pytest

from benchmarks.engine.baselines import check, recorded
from benchmarks.engine.example_files import example_files
from benchmarks.engine.ibsi import rows
from benchmarks.engine.pairs import DATA, Pair, images
from benchmarks.engine.single_settings import NO_IMAGE, single_settings
from tests.oracle import needs_oracle

needs_images = pytest.mark.skipif(not DATA.is_dir(), reason="shared/data/radiomics is not there: no reference values")


@pytest.fixture(scope="module")
def pairs() -> dict[str, Pair]:
    return images()


@needs_images
def test_the_phantom_has_the_consensus_values():
    found = rows()
    assert [row for row in found if not row.agrees] == []
    assert len(found) == 101


@needs_images
@needs_oracle
@pytest.mark.parametrize("image", ["breast1", "brain2"])
def test_recorded_baselines(image, pairs):
    counted = Counter[str]()
    for one in recorded():
        if one.image == image:
            found = check(one, pairs[image])
            assert found.wrong == []
            counted.update(values=found.values, within=found.within, equal=found.equal)
    assert counted["values"] == counted["within"] == counted["equal"] > 500


@needs_images
@needs_oracle
def test_example_files_are_computed_fast_and_equal(pairs):
    found = list(example_files(pairs["breast1"]))
    assert [(row.file, row.agrees.beyond, row.agrees.fallback) for row in found if not row.agrees.equal] == []
    assert len(found) == 9


@needs_images
@needs_oracle
def test_a_file_for_each_setting_is_computed_fast_and_equal(pairs):
    found = list(single_settings(pairs["breast1"]))
    assert [
        (row.setting, row.agrees.beyond, row.agrees.fallback) for row in found if row.agrees and not row.agrees.equal
    ] == []
    without = {row.setting.split(":")[0]: row.said for row in found if not row.agrees}
    assert set(without) <= {"lbp3DLevels", "lbp3DIcosphereRadius", "lbp3DIcosphereSubdivision"}
    assert set(without.values()) <= {NO_IMAGE}
    assert len(found) >= 65

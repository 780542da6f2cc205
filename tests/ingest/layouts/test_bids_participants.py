"""participants.tsv: cells of each participant's sessions, levels by name, refusals."""

import json
from pathlib import Path

import pytest

from backend.errors import BadImage
from backend.ingest.layouts.detect import plan
from backend.ingest.layouts.unused import unused_files
from shared.protocols.reader import built_in
from tests.ingest.protocol_folders import write_brain

BRAIN = built_in("brain-glioma-mri")
TABLE = "participant_id\tage\tIDH\tgrade\tsex\nsub-01\t61\t1\t4\tF\nsub-03\t50\t0\t2\tM\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_brain(tmp_path / "brain")
    (tmp_path / "brain" / "participants.tsv").write_text(TABLE, "utf-8")
    return tmp_path / "brain"


def test_the_sessions_of_a_participant_have_its_cells(root: Path) -> None:
    found = plan(root, "auto", BRAIN)
    one, two = found.cases
    assert (one.clinical, one.others) == ({"age": "61"}, {"IDH": "1", "grade": "4", "sex": "F"})
    assert (two.clinical, two.others) == ({}, {})
    assert found.columns == ("IDH", "grade", "sex")
    assert [path.name for path in found.side_files] == ["participants.tsv"]


def test_levels_are_read_by_name_unless_a_target_knows_the_code(root: Path) -> None:
    levels = {
        "IDH": {"Levels": {"0": "wildtype", "1": {"Description": "mutant"}}},
        "grade": {"Levels": {"4": "grade four"}},
        "sex": {"Levels": {"F": "female"}},
    }
    (root / "participants.json").write_text(json.dumps(levels), "utf-8")
    found = plan(root, "auto", BRAIN)
    assert found.cases[0].others == {"IDH": "mutant", "grade": "4", "sex": "female"}
    unused = unused_files(root, found, [])
    assert not [name for name in unused if name.startswith("participants")]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("participant\tage\nsub-01\t4\n", "has no column participant_id"),
        ("participant_id\tage\nsub-01\t4\nsub-01\t5\n", "lists the participant 01 twice"),
    ],
)
def test_a_table_that_cannot_be_joined_is_refused(root: Path, table: str, sentence: str) -> None:
    (root / "participants.tsv").write_text(table, "utf-8")
    with pytest.raises(BadImage, match=sentence):
        plan(root, "auto", BRAIN)


def test_a_description_that_is_no_json_is_refused(root: Path) -> None:
    (root / "participants.json").write_text("{", "utf-8")
    with pytest.raises(BadImage, match=r"participants\.json is no JSON"):
        plan(root, "auto", BRAIN)

"""The notebooks run from top to bottom, are committed without outputs, and are written in short sentences."""

import sys
from pathlib import Path

import nbformat
import pytest

import radiomiclens as rl
from tests.test_sentences import LONGEST, sentences, words

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))

from notebook_pages import executed  # noqa: E402 (the folder of the site has to be on the path first)

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]


def printed(notebook: nbformat.NotebookNode) -> str:
    """What all cells print."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


def pictures(notebook: nbformat.NotebookNode) -> int:
    """How many pictures the cells draw."""
    return sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))


def read(name: str) -> nbformat.NotebookNode:
    """A notebook as it is committed."""
    return nbformat.read(ROOT / "docs" / "notebooks" / f"{name}.ipynb", as_version=4)


def test_there_are_three() -> None:
    assert NAMES == ["own_images", "own_tables", "server"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_committed_without_outputs_and_in_plain_words(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert [sentence for sentence in sentences(text) if words(sentence) > LONGEST] == []


def test_made_up_tables_are_told_as_they_were_planted() -> None:
    done = executed(read("own_tables"))
    assert "18 of 18 groups are flagged as they were planted." in printed(done)
    assert pictures(done) == 1


@pytest.mark.slow
def test_made_up_images_are_measured_and_mapped() -> None:
    done = executed(read("own_images"))
    assert "ok    12" in printed(done)
    assert pictures(done) == 3


@pytest.mark.slow
def test_a_server_of_its_own_is_started_and_read() -> None:
    done = executed(read("server"))
    assert "newest analysis: pirads in the gland, 150 patients" in printed(done)
    assert pictures(done) == 2


@pytest.mark.slow
def test_a_folder_of_ones_own_is_read(tmp_path: Path) -> None:
    made = rl.practice_tables(60, features_per_image=18, dimensions=16)
    for name in ("pre", "ft", "radiomics", "clinical"):
        getattr(made, name).to_csv(tmp_path / f"{name}.csv", index=False)
    studies = rl.practice_images(tmp_path / "studies", 6, protocol="lung-ct")
    cases = studies.rename(columns={"CT": "image", "nodule": "mask"})[["study_id", "image", "mask"]]
    relative = cases.assign(**{name: cases[name].str.removeprefix(f"{tmp_path}/") for name in ("image", "mask")})
    relative.to_csv(tmp_path / "cases.csv", index=False)
    for name, said in (("own_tables", "60 studies, 54 features"), ("own_images", "6 cases with the columns")):
        notebook = read(name)
        assert "FOLDER = None" in notebook.cells[1].source
        notebook.cells[1].source = notebook.cells[1].source.replace("FOLDER = None", f"FOLDER = {str(tmp_path)!r}")
        assert said in printed(executed(notebook))

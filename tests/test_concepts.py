"""The pages of ideas: each has its picture, its two readers and its places; pictures are what the script draws."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.source_tree import ROOT
from tests.test_style import contrast

PAGES = sorted((ROOT / "docs/concepts").glob("*.md"))
HEADINGS = ["For a clinician", "For an engineer", "Where you see it"]


def panels() -> ModuleType:
    spec = importlib.util.spec_from_file_location("svg_panels", ROOT / "docs/svg_panels.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["svg_panels"] = module
    spec.loader.exec_module(module)
    return module


def test_pictures_are_what_the_script_draws() -> None:
    done = subprocess.run(
        [sys.executable, "docs/draw_concepts.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(list((ROOT / "docs/pictures").glob("concept-*.svg"))) == len(PAGES) == 6


@pytest.mark.parametrize("scheme", ["LIGHT", "DARK"])
def test_text_and_marks_of_pictures_stand_out_in_light_and_dark(scheme: str) -> None:
    colours: dict[str, str] = getattr(panels(), scheme)
    needed = {"ink": 4.5, "quiet": 4.5, "rule": 1.2}
    weak = {
        name: colour for name, colour in colours.items() if contrast(colour, colours["ground"]) < needed.get(name, 3)
    }
    assert list(weak) == ["ground"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_speaks_to_both_readers_and_says_where_to_look(page: Path) -> None:
    text = page.read_text()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    assert f"../pictures/concept-{page.stem}.svg" in text
    engineer = text.split("## For an engineer")[1].split("## Where")[0]
    assert "```text\n" in engineer
    assert "`backend/science/" in engineer
    assert "../method.md#" in engineer


def test_columns_that_pages_name_are_those_of_the_files() -> None:
    listed = {
        word
        for page in PAGES
        for line in page.read_text().splitlines()
        if line.startswith("* Column")
        for word in re.findall(r"`(\w+)`", line)
    }
    page = (ROOT / "docs/trust.md").read_text() + (ROOT / "backend/science/trust/columns.py").read_text()
    assert {"label_borne_q", "n_runs_agree", "used_low", "chance_r2_pre"} <= listed
    assert [name for name in sorted(listed) if not re.search(rf"\b{name}\b", page)] == []

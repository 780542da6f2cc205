"""The tutorial, word by word: its commands run one after another, and print what the page says they print."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.jobs import demo
from shared.recipes import SMALL_COHORT

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(sh|text|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def steps(page: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each block of a page; blocks of other kinds are for the reader's own machine."""
    yield from BLOCK.findall((ROOT / "docs" / "tutorial" / page).read_text())


def run(words: list[str], folder: Path) -> str:
    own = os.environ | {"RADIOMICLENS_DATA_DIR": str(folder / "lens-data")}
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=own, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr or done.stdout}"
    return done.stdout


TRAINS = pytest.param("images.md", marks=[pytest.mark.slow, pytest.mark.timeout(5400)])
"""It draws 300 studies and trains on them: eight minutes where nothing else runs."""


@pytest.mark.parametrize("page", ["tables.md", TRAINS])
def test_every_command_works_and_prints_what_the_page_says(page: str, tmp_path: Path) -> None:
    printed, commands = "", 0
    for kind, text in steps(page):
        if kind == "text":
            assert [line for line in text.splitlines() if line not in printed] == []
            continue
        for line in text.splitlines() if kind == "sh" else [text]:
            program = ["-c", line] if kind == "python" else ["-m", "backend.cli.main", *line.split()[1:]]
            printed = run([sys.executable, *program], tmp_path)
            commands += 1
    assert commands >= 5


def options(command: str) -> dict[str, str]:
    """Options of the one line of the tutorial of images that begins so; a switch is `yes`."""
    (line,) = (one for kind, text in steps("images.md") if kind == "sh" for one in text.splitlines() if command in one)
    return {name.replace("-", "_"): value or "yes" for name, value in re.findall(r"--([a-z-]+)(?: ([^-\s]\S*))?", line)}


def numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def test_the_tutorial_of_images_is_the_recipe_of_the_demo_whose_answers_it_prints() -> None:
    drawn, seen, learned = options("synth prostates"), options("pretrain prostates"), options("finetune prostates")
    assert (int(drawn["cases"]), float(drawn["findings_enlarged"])) == (demo.WHOLE.cases, demo.WHOLE.findings_enlarged)
    assert (numbers(drawn["spacing"]), numbers(drawn["size"])) == (demo.SPACING, demo.FIELD)
    assert (numbers(seen["size"]), numbers(seen["spacing"])) == (demo.INPUT.size_zyx, demo.INPUT.spacing_zyx_mm)
    assert (int(seen["epochs"]), int(learned["epochs"])) == (demo.WHOLE.pretrain_epochs, demo.WHOLE.finetune_epochs)
    recipe = {name: True if value == "yes" else value for name, value in learned.items()}
    assert {name: recipe[name] for name in recipe.keys() - {"task", "epochs", "wait", "lr"}} == {
        name: value for name, value in SMALL_COHORT["pirads"].items() if name != "lr"
    }
    assert float(learned["lr"]) == SMALL_COHORT["pirads"]["lr"]
    assert options("analyze prostates")["hidden"] == ("auto" if demo.WHOLE.lens_hidden == 0 else "")

"""The how-to pages, word by word: their commands run one after another, and print what the pages say they print.

`sh` and `python` blocks are run, a block at a time, in an empty folder. A `yaml` block is written to the file that its
first line names. Each line of a `text` block stands in what was printed last. Blocks of other kinds are for the
reader's own machine. A command that ends in `# is refused` must fail. `ID` is the first id that was printed last.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/how-to"
BLOCK = re.compile(r"^```(sh|text|python|yaml)\n(.*?)^```", re.DOTALL | re.MULTILINE)
ID = re.compile(r"\b[0-9a-f]{16,32}\b")
BY_HAND = ["cluster.md"]
"""Needs hosts of its own: its commands are run in `tests/jobs/compute`, and were run by hand."""


def surroundings(folder: Path) -> dict[str, str]:
    """A data folder of its own, and a `radiomiclens` that is this checkout's."""
    command = folder / "bin/radiomiclens"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m backend.cli.main "$@"\n')
    command.chmod(0o755)
    path = os.pathsep.join([str(command.parent), str(Path(sys.executable).parent), os.environ["PATH"]])
    return os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "RADIOMICLENS_DATA_DIR": str(folder / "data")}


def run(words: list[str], folder: Path, around: Mapping[str, str], refused: bool) -> str:
    done = subprocess.run(words, cwd=folder, env=around, capture_output=True, text=True, timeout=580)
    assert (done.returncode != 0) == refused, f"{words[-1]}: {done.stderr}{done.stdout}"
    return done.stdout + done.stderr


def follow(page: str, folder: Path) -> int:
    """Do what a page says; how many lines of its output were compared."""
    around, printed, compared, found = surroundings(folder), "", 0, "no id was printed yet"
    for kind, text in BLOCK.findall((FOLDER / page).read_text()):
        if kind == "text":
            assert [line for line in text.splitlines() if line not in printed] == [], printed
            compared += len(text.splitlines())
        elif kind == "yaml":
            name, _, rest = text.partition("\n")
            (folder / name.removeprefix("# ")).write_text(rest)
        else:
            words = (
                [sys.executable, "-c", text] if kind == "python" else ["bash", "-ec", re.sub(r"\bID\b", found, text)]
            )
            printed = run(words, folder, around, text.rstrip().endswith("# is refused"))
            found = next(iter(ID.findall(printed)), found)
    return compared


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", sorted(p.name for p in FOLDER.glob("*.md") if p.name not in BY_HAND))
def test_every_command_works_and_prints_what_the_page_says(page: str, tmp_path: Path) -> None:
    assert follow(page, tmp_path) >= 2

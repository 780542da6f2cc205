"""The tutorial, word by word: its commands run one after another, and print what the page says they print."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(sh|text|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def steps(page: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each block of a page; blocks of other kinds are for the reader's own machine."""
    yield from BLOCK.findall((ROOT / "docs" / "tutorial" / page).read_text())


def run(words: list[str], folder: Path) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr or done.stdout}"
    return done.stdout


@pytest.mark.parametrize("page", ["tables.md"])
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

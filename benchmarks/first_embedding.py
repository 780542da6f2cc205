"""From reading the page to the first embedding, as a new user: words at a reader's pace, then the page's own commands.

`python -m benchmarks.first_embedding [--write]`, in an environment with the extras; what is not there is named.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

from benchmarks.page import DOCS, measured_by, table, write_block

PAGE = "encoders.md"
WORDS_A_MINUTE = 200
COMMAND = [sys.executable, "-m", "backend.cli.main"]


def main() -> None:
    """Prints, and where asked writes, a row a family."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    part = (DOCS / PAGE).read_text("utf-8").split("## Encoders without packaging\n")[1].split("\n## ")[0]
    introduction, *sections = part.split("\n### ")
    rows = [row(section, introduction) for section in sections]
    titles = ["family", "reading, min", "its code, s", "first embedding, s", "all, min"]
    text = f"{measured_by('python -m benchmarks.first_embedding --write')}\n\n{table(titles, rows)}"
    print(text)
    if given.write:
        write_block(PAGE, "first", text)


def row(section: str, introduction: str) -> list[str]:
    """A family: minutes of reading, seconds of its code and of its first command, and all of it in minutes."""
    family = section.partition("\n")[0]
    reading = len((introduction + section).split()) / WORDS_A_MINUTE
    with tempfile.TemporaryDirectory() as place:
        done = tried(section, introduction, Path(place))
    if isinstance(done, str):
        return [family, f"{reading:.1f}", done, "–", "–"]
    code, embedding = done
    return [family, f"{reading:.1f}", f"{code:.0f}", f"{embedding:.0f}", f"{reading + (code + embedding) / 60:.1f}"]


def tried(section: str, introduction: str, folder: Path) -> tuple[float, float] | str:
    """Seconds of the page's code and of its first command, in an empty folder; what failed, where one did."""
    line = next(each for each in introduction.splitlines() if each.startswith("python -c"))
    subprocess.run([sys.executable, *shlex.split(line)[1:]], cwd=folder, check=True)
    (block,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    named = re.match(r"# (\w+\.py)\n", block)
    start = monotonic()
    (folder / (named[1] if named else "make.py")).write_text(block)
    if not named and (said := failure([sys.executable, "make.py"], folder)):
        return said
    middle = monotonic()
    commands = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)[0].strip().splitlines()
    words = shlex.split(commands[0], comments=True)[1:]
    said = failure([*COMMAND, *words], folder)
    return said or (middle - start, monotonic() - middle)


def failure(command: list[str], folder: Path) -> str:
    """Run a command in a folder; the last line that it said where it failed, else nothing."""
    environment = os.environ | {"PYTHONPATH": str(DOCS.parent)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or ["failed"])[-1][:160] if done.returncode else ""


if __name__ == "__main__":
    main()

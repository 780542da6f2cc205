"""`python -m benchmarks.engine`: the goals of the radiomics engine, measured, and with --write put into docs/engine.md.

Compares with PyRadiomics 3.0.1 in one process, one thread, CPU seconds. lung1 and lung2 are part of PyRadiomics' source
distribution (`data` in the archive of `pip download --no-binary :all: --no-deps pyradiomics==3.0.1`): name that
folder with --lung. Other tools run under interpreters of their own, which --rivals names. Everything takes half an
hour; --only does some parts, and --write then leaves the others as they are.
"""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from os import getloadavg
from pathlib import Path

from backend.jobs.compute.subprocess_pool import ONE_THREAD
from benchmarks.engine import equality, speed
from benchmarks.engine.pairs import PYRADIOMICS, Pair, images
from benchmarks.engine.part import Part
from benchmarks.engine.rivals import rivals
from benchmarks.page import DOCS, measured_by, table, write_block

PAGE, GOALS = "engine.md", "engine-goals"
HEAD = ["work", "measured", "goal", "when, load"]
Work = Callable[[dict[str, Pair]], Part]


def parts(draws: int, seed: int, pythons: list[str]) -> dict[str, Work]:
    """Every part by name, the quick ones first."""
    found: dict[str, Work] = {
        "ibsi": equality.ibsi,
        "shape": speed.shape,
        "baselines": equality.baselines,
        "settings": equality.settings,
        "maps": speed.maps,
        "whole": speed.whole,
        "log": speed.log,
        "files": equality.files,
        "draws": lambda _: equality.draws(seed, draws),
    }
    return found | ({"rivals": partial(rivals, pythons=pythons)} if pythons else {})


def write(name: str, part: Part, rows: list[list[str]]) -> None:
    """Put a part's tables into its block, and its rows among the goals in place of those of the same part."""
    write_block(PAGE, f"engine-{name}", "\n\n".join([measured_by("python -m benchmarks.engine --write"), *part.tables]))
    mark = f"<!-- {GOALS} -->"
    _, _, rest = (DOCS / PAGE).read_text().partition(mark)
    block, _, _ = rest.partition(f"<!-- /{GOALS} -->")
    kept = [line.strip("| ").split(" | ") for line in block.splitlines() if line.startswith("| ")]
    others = [row for row in kept[2:] if all(_work(row) != _work(new) for new in rows)]
    write_block(PAGE, GOALS, table(HEAD, others + rows))


def _work(row: list[str]) -> str:
    """What a row is about, without the counts in it."""
    return row[0].split(" (")[0].lstrip("0123456789 ")


def main() -> None:
    """Measure, print, and with --write put the tables into the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help=f"write docs/{PAGE}")
    options.add_argument("--lung", type=Path, metavar="FOLDER", help="folder with PyRadiomics' lung1 and lung2")
    options.add_argument("--draws", type=int, default=2000, help="random draws")
    options.add_argument("--seed", type=int, default=16, help="seed of the random draws")
    options.add_argument("--rivals", nargs="+", default=[], metavar="PYTHON", help="interpreters that have other tools")
    options.add_argument("--only", action="append", metavar="PART", help="one part; may be given again")
    chosen = options.parse_args()
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # read when numpy was loaded
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.engine", *sys.argv[1:]], os.environ | ONE_THREAD)
    if not PYRADIOMICS.is_dir():
        raise SystemExit("PyRadiomics' images are not here (../shared/data/radiomics); nothing is measured.")
    known = parts(chosen.draws, chosen.seed, chosen.rivals)
    unknown = set(chosen.only or ()) - set(known)
    if unknown:
        raise SystemExit(f"There is no part {', '.join(sorted(unknown))}; parts are {', '.join(known)}.")
    found = images(chosen.lung)
    goals = []
    for name in chosen.only or known:
        part = known[name](found)
        when = f"{datetime.now(UTC):%Y-%m-%d}, {getloadavg()[0]:.1f}"
        rows = [[*row, when] for row in part.goals]
        goals += rows
        print(*part.tables, sep="\n\n", flush=True)
        if chosen.write:
            write(name, part, rows)
    print(table(HEAD, goals))


if __name__ == "__main__":
    main()

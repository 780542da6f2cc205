"""Random draws in child processes: PyRadiomics can crash with a segmentation fault, which ends only a child.

`python -m benchmarks.engine.random_draws SEED FIRST COUNT` is a child; it prints a line of JSON a draw.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.jobs.compute.subprocess_pool import ONE_THREAD
from benchmarks.engine.random_settings import Draw, drawn, draws
from benchmarks.engine.reasons import reason

ROOT = Path(__file__).parents[2]
CHUNK = 200


@dataclass
class Tally:
    """What became of the draws of one seed. `explained` and `unexplained` hold a line a feature or refusal."""

    seed: int
    draws: int = 0
    refused: int = 0
    features: int = 0
    noise: int = 0
    explained: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    crashed: list[int] = field(default_factory=list)

    def add(self, line: dict[str, Any]) -> None:
        """Count one draw."""
        self.draws += 1
        self.refused += line["refused"]
        self.features += line["features"]
        self.noise += line["noise"]
        for said, why in line["beyond"]:
            text = f"draw {line['number']}, {said}"
            if why:
                self.explained.append(f"{text} ({why})")
            else:
                self.unexplained.append(text)


def tally(seed: int, count: int) -> Tally:
    """Compare both engines on `count` draws of a seed."""
    found, number = Tally(seed), 0
    while number < count:
        for line in _child(seed, number, min(CHUNK, count - number)):
            found.add(line)
            number = line["number"] + 1
        if number < count and number % CHUNK:
            if not _ours_survives(seed, number):
                found.unexplained.append(f"draw {number}: the fast engine crashes")
            found.draws += 1
            found.crashed.append(number)
            number += 1
    return found


def _child(seed: int, first: int, count: int) -> Iterator[dict[str, Any]]:
    """Lines of a child, as far as it came."""
    words = [sys.executable, "-m", "benchmarks.engine.random_draws", str(seed), str(first), str(count)]
    done = subprocess.run(words, cwd=ROOT, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False)
    if done.returncode > 0:
        raise SystemExit(f"Draws from {first} of seed {seed} failed: {done.stderr[-2000:]}")
    yield from map(json.loads, done.stdout.splitlines())


def _ours_survives(seed: int, number: int) -> bool:
    return bool(list(_child(seed, number, 0)))


def _line(draw: Draw) -> dict[str, Any]:
    beyond = [(draw.disagreed, "")] if draw.disagreed else []
    if draw.agrees is not None:
        beyond += [(str(one), reason(draw.pair, draw.parameters, one)) for one in draw.agrees.beyond]
        beyond += [(draw.agrees.fallback, "")] if draw.agrees.fallback else []
    return {
        "number": draw.number,
        "refused": draw.agrees is None,
        "features": draw.agrees.features if draw.agrees else 0,
        "noise": len(draw.agrees.noise) if draw.agrees else 0,
        "beyond": beyond,
    }


def main() -> None:
    """Print the draws; without a count, only whether the fast engine survives the first."""
    seed, first, count = map(int, sys.argv[1:])
    if count == 0:
        pair, parameters = drawn(seed, first)
        print(json.dumps({"status": pair.ours(parameters).status}), flush=True)
    for draw in draws(seed, count, first):
        print(json.dumps(_line(draw)), flush=True)


if __name__ == "__main__":
    main()

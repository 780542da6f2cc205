"""A seeded sample of mutants met by the tests: `python -m benchmarks.mutants --seed 20 --count 300 [--of N/M]`.

Mutants are put into a git worktree of HEAD, made for the run, or into `--tree`; the working tree stays as it is.
`--results` keeps every verdict and goes on where it stopped; `--again` tries its survivors once more. `--write` puts
the tables into docs/mutants.md. Needs `uv pip install --group mutants`.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.mutants.judge import Judge, Verdict
from benchmarks.mutants.nearness import nearness_in
from benchmarks.mutants.outcome_page import by_room, reasons, write
from benchmarks.mutants.places import Mutant
from benchmarks.mutants.sample import drawn, every_mutant
from benchmarks.mutants.trial import warm
from benchmarks.page import measured_by

ROOT = Path(__file__).parents[2]


@contextmanager
def tree_to_change(given: Path | None) -> Iterator[Path]:
    """The tree that was given, or a worktree of HEAD with the compiled kernel."""
    if given is not None:
        yield given.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="mutants-"))
    tree = folder / "tree"
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", tree], cwd=ROOT, check=True)
    try:
        for built in (ROOT / "backend").rglob("*.so"):
            shutil.copy(built, tree / built.relative_to(ROOT))
        yield tree
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)
        shutil.rmtree(folder)


def part_of(sample: list[Mutant], part: str) -> list[Mutant]:
    """Every M-th mutant from the N-th on, for `N/M`."""
    number, parts = (int(one) for one in part.split("/"))
    return sample[number - 1 :: parts]


def read(results: Path) -> tuple[list[Verdict], list[Verdict]]:
    """The verdicts kept so far: the first of each mutant, and the last, which differ after `--again`."""
    lines = results.read_text("utf-8").splitlines() if results.exists() else []
    found = [Verdict(**json.loads(line)) for line in lines]
    last = {one.mutant: one for one in found}
    first = {one.mutant: one for one in reversed(found)}
    return [first[name] for name in last], list(last.values())


def judged(judge: Judge, sample: list[Mutant], results: Path) -> None:
    """Adds a line to `results` for each mutant."""
    for at, one in enumerate(sample, 1):
        verdict = judge.verdict(one)
        with results.open("a", encoding="utf-8") as lines:
            print(json.dumps(verdict._asdict(), ensure_ascii=False), file=lines)
        said = f"caught by {verdict.caught}" if verdict.caught else "SURVIVED"
        print(f"{at}/{len(sample)} {verdict.seconds:.0f} s {verdict.path}:{verdict.line} {said}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--of", default="1/1", metavar="N/M", help="the N-th of M parts of the sample")
    parser.add_argument(
        "--seconds", type=float, default=10.0, help="of CPU for a mutant; no test file begins after that"
    )
    parser.add_argument("--tree", type=Path, help="a worktree that this command may change")
    parser.add_argument("--results", type=Path, default=Path(tempfile.gettempdir()) / "mutants.jsonl")
    parser.add_argument("--again", action="store_true", help="try the unexplained survivors of --results once more")
    parser.add_argument("--write", action="store_true", help="put the tables of --results into docs/mutants.md")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the file that is changed is put back
    left_out: Counter[str] = Counter()
    with tree_to_change(asked.tree) as tree:
        mutants = every_mutant(tree, left_out)
        sample = drawn(tree, mutants, asked.seed, asked.count)
        print(f"seed {asked.seed}: {len(sample)} of {sum(map(len, mutants.values()))} changes", flush=True)
        before = {one.mutant: one for one in read(asked.results)[1]}
        done = {key for key, one in before.items() if one.caught is not None or not asked.again}
        waiting = [one for one in part_of(sample, asked.of) if one[:3] not in done]
        if asked.again:
            known = reasons()
            waiting = [one for one in waiting if one[:3] in before and before[one[:3]].key not in known]
        if waiting:
            warm()
            judged(Judge(tree, nearness_in(tree), asked.seconds), waiting, asked.results)
    first, last = read(asked.results)
    print(by_room(first, last, reasons()))
    if asked.write:
        tried = f"{len(last)} of the {asked.count} changes of seed {asked.seed} were tried."
        write(first, last, left_out, f"{tried} {measured_by('python -m benchmarks.mutants')}")


if __name__ == "__main__":
    main()

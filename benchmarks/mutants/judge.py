"""Whether a mutant is caught: a test fails with it, and passes without it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.mutants.nearness import Nearness
from benchmarks.mutants.places import Mutant, changed
from benchmarks.mutants.trial import Outcome, run

USUAL_SECONDS = 3.0
"""Of a test file that was not run yet."""


class Verdict(NamedTuple):
    """What became of a mutant. `caught` is the first test that failed, None for a survivor."""

    path: str
    operator: str
    occurrence: int
    line: int
    before: str
    after: str
    caught: str | None
    message: str
    files_run: int
    files_near: int
    seconds: float

    @property
    def room(self) -> str:
        return self.path.split("/")[1]

    @property
    def mutant(self) -> tuple[str, str, int]:
        return self.path, self.operator, self.occurrence

    @property
    def key(self) -> str:
        """What names the change while lines above it move."""
        return f"{self.path}: {self.before} -> {self.after}"


@dataclass
class Judge:
    """Applies mutants to a tree of its own, one at a time, and puts the file back."""

    tree: Path
    near: Nearness
    seconds: float
    known_good: set[str] = field(default_factory=set)
    known_bad: list[str] = field(default_factory=list)
    lasted: dict[str, float] = field(default_factory=dict)
    changes: int = 0

    def verdict(self, one: Mutant) -> Verdict:
        """Runs the tests that could notice; a test that fails on the unchanged code too is left out from then on."""
        at, path = time.monotonic(), self.tree / one.path
        source = path.read_text("utf-8")
        code = changed(one, source)
        assert code is not None
        files = self._files(one.path)
        while True:
            with self._changed(path, code):
                outcome = run(self.tree, files, self.seconds, self.known_bad)
            self.lasted |= outcome.passed
            if outcome.failed is None or self._passes_unchanged(outcome.failed):
                break
            if "::" not in outcome.failed:
                files.remove(outcome.failed)
        return self._said(one, source, code, outcome, len(files), time.monotonic() - at)

    @contextmanager
    def _changed(self, path: Path, code: str) -> Iterator[None]:
        """The file with other code and a time of its own: compiled code is told apart by seconds and size."""
        source, times = path.read_bytes(), path.stat()
        self.changes += 1
        path.write_text(code, "utf-8")
        os.utime(path, (times.st_atime, times.st_mtime + 86_400 + 10 * self.changes))
        try:
            yield
        finally:
            path.write_bytes(source)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    def _files(self, path: str) -> list[str]:
        """Nearest first; of equal nearness the quick ones first."""
        keyed = [(near, self.lasted.get(file, USUAL_SECONDS), file) for near, file in self.near.order(path)]
        return [file for _, _, file in sorted(keyed)]

    def _passes_unchanged(self, test: str) -> bool:
        if test not in self.known_good:
            if run(self.tree, [test], self.seconds, self.known_bad).failed is not None:
                print(f"fails on the unchanged code too: {test}", flush=True)
                self.known_bad.append(test)
                return False
            self.known_good.add(test)
        return True

    def _said(self, one: Mutant, source: str, code: str, outcome: Outcome, near: int, seconds: float) -> Verdict:
        old, new = source.splitlines(), code.splitlines()
        gone = one.operator == "RemoveDecorator"
        at = (
            one.line - 1
            if gone
            else next(place for place, (was, now) in enumerate(zip(old, new, strict=False)) if was != now)
        )
        before, after = old[at].strip(), "(without it)" if gone else new[at].strip()
        run_files = len(outcome.passed) + (outcome.failed is not None)
        where = (one.path, one.operator, one.occurrence, at + 1, before, after)
        return Verdict(*where, outcome.failed, outcome.message, run_files, near, round(seconds, 1))

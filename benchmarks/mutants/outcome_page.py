"""The page of a mutation run: caught by room, and the survivors with what is known of each."""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.mutants.judge import Verdict
from benchmarks.mutants.sample import ROOMS
from benchmarks.page import table, write_block

REASONS = Path(__file__).with_name("reasons.toml")
PAGE = "mutants.md"
KINDS = ("same", "chosen", "mended")


class Known(NamedTuple):
    """What was found about a survivor: whether it gives the same answers, and why, or why no test asks."""

    same: bool
    why: str


def reasons() -> dict[str, Known]:
    """By `Verdict.key`."""
    found = tomllib.loads(REASONS.read_text("utf-8"))
    return {one["change"]: Known(kind == "same", one["why"]) for kind in KINDS for one in found[kind]}


def by_room(first: Sequence[Verdict], last: Sequence[Verdict], known: Mapping[str, Known]) -> str:
    """The table by room: the first run, and now; the last column leaves out what makes no difference."""
    rows = []
    for name in (*ROOMS, "all"):
        before, now = ([one for one in each if name in (one.room, "all")] for each in (first, last))
        at_first, caught = (sum(one.caught is not None for one in each) for each in (before, now))
        same = sum(one.caught is None and one.key in known and known[one.key].same for one in now)
        rows.append([name, f"{len(now)}", f"{at_first}", f"{caught}", _share(caught, len(now)), f"{same}"])
        rows[-1].append(_share(caught, len(now) - same))
    head = ["room", "changes", "caught at first", "caught now", "share", "makes no difference", "caught of the others"]
    return table(head, rows)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else ""


def survivors(verdicts: Sequence[Verdict], known: Mapping[str, Known]) -> str:
    """A table of the changes that no test noticed."""
    rows = [
        [
            f"`{one.path.removeprefix('backend/')}`",
            _code(one.before),
            _code(one.after),
            known[one.key].why if one.key in known else "open",
        ]
        for one in sorted(verdicts, key=lambda each: (each.path, each.line))
        if one.caught is None
    ]
    return table(["file", "code", "changed to", "what is known"], rows)


def _code(text: str) -> str:
    """One line of code in a cell; a bar would end the cell."""
    short = text if len(text) <= 90 else f"{text[:90]}…"
    return f"`{short.replace('|', chr(92) + '|')}`" if short else ""


def write(first: Sequence[Verdict], last: Sequence[Verdict], left_out: Counter[str], how: str) -> None:
    """Put the tables into the page."""
    known = reasons()
    skipped = "\n".join(f"* {number} places: {why}." for why, number in left_out.most_common())
    write_block(PAGE, "mutants-rooms", f"{by_room(first, last, known)}\n\n{how}")
    write_block(PAGE, "mutants-left-out", skipped)
    write_block(PAGE, "mutants-survivors", survivors(last, known))

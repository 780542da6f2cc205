"""The safety benchmark: runs its rows on files and storage, prints them and writes them into docs/safety.md.

`python -m benchmarks.safety [--seed 7] [--rows NAME ...] [--small]`; the page keeps the rows that were not run.
"""

import argparse
import os
import tempfile
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from benchmarks import path_traversal, paths, reading, storing
from benchmarks.bad_packing import NAMED
from benchmarks.bombs import burst
from benchmarks.drawn_study import drawn_masks
from benchmarks.good_files import good_files
from benchmarks.packed_series import packed_series
from benchmarks.truncation import truncation_sweep

PAGE = Path(__file__).parents[1] / "docs" / "safety.md"
SEED = 7


def bad_images(folder: Path, seed: int, small: bool) -> str:
    """Damaged files, series and masks, each refused by name."""
    found = reading.bad_images(folder, seed, 1 if small else 2)
    return (
        f"{found.tried} inputs: {found.refused} refused, {found.flagged} accepted with a warning that says so, "
        f"{found.harmless} read as they were; 0 crashes, {len(found.wrong)} silently wrong"
    )


def uncompressed(folder: Path, seed: int, _small: bool) -> str:
    """Damage after which an uncompressed file is still well-formed."""
    without, with_sums = (reading.uncompressed(folder / str(sums), seed, sums) for sums in (False, True))
    unmarked = len(without.wrong) + len(with_sums.wrong)
    return (
        f"{without.tried} files: without SHA-256 {without.flagged} accepted and marked not verifiable, with the "
        f"sender's list {with_sums.refused} of {with_sums.tried} refused; {unmarked} unmarked"
    )


def packed(folder: Path, seed: int, small: bool) -> str:
    """Series packed by the codecs of DICOM."""
    found = packed_series(folder, seed, 1 if small else 3)
    unread = f" (not: {', '.join(found.unread)})" if found.unread else ""
    return (
        f"{found.sound} sound series: {found.sound - len(found.unread)} with equal voxels{unread}; {found.tried} "
        f"damaged streams: {found.refused} refused, {found.harmless} read as they were; {found.named} of {len(NAMED)} "
        f"other codecs refused by name; {found.bits} flipped bits: {found.bits_seen} seen, the others marked not "
        f"verifiable, {found.bits_with_sums} refused with the sender's list; {_count(found.wrong)} silently wrong"
    )


def drawn(folder: Path, seed: int, small: bool) -> str:
    """Masks in DICOM objects."""
    found = drawn_masks(folder, seed, 1 if small else 3)
    unread = f" (not: {', '.join(found.unread)})" if found.unread else ""
    return (
        f"{found.sound} sound objects: {found.sound - len(found.unread)} with the phantom's voxels{unread}; "
        f"{found.tried} damaged: {found.refused} refused, {found.flagged} accepted with a warning, {found.harmless} "
        f"read as drawn; {found.unseen} that stay consistent: {found.unseen_equal} seen, the others marked not "
        f"verifiable; {_count(found.wrong)} silently wrong"
    )


def _count(wrong: list[str]) -> str:
    return f"{len(wrong)}{_first_cells(wrong)}"


def truncation(folder: Path, seed: int, small: bool) -> str:
    """Files cut anywhere."""
    found = truncation_sweep(folder, seed, 40 if small else 200)
    each = ", ".join(f"{ending} {refused}" for ending, (refused, _) in found.items())
    return f"{sum(r for r, _ in found.values())} of {sum(n for _, n in found.values())} refused ({each})"


def good(folder: Path, seed: int, _small: bool) -> str:
    """Undamaged files of every format."""
    equal, tried, failed = good_files(folder, seed)
    other = f"; not: {', '.join(failed)}" if failed else ""
    return f"{equal} of {tried} accepted with voxels equal to nibabel, SimpleITK or pydicom{other}"


def bombs(folder: Path, _seed: int, _small: bool) -> str:
    """Files that claim or unpack to far more data than they have."""
    refused, tried, slowest, cpu, grown = burst(folder)
    return (
        f"{refused} of {tried} refused, slowest {slowest:.1f} s (at most {cpu:.1f} s of CPU each, machine load "
        f"{os.getloadavg()[0]:.0f}), the calling process grew by {grown:.0f} MB"
    )


def path_payloads(folder: Path, _seed: int, _small: bool) -> str:
    """Paths that lead out of the import roots, in requests and inside files."""
    asked, inside = paths.sweep(folder / "asked"), path_traversal.inside_files(folder / "inside")
    wrong = f"; wrong: {', '.join((asked.wrong + inside.wrong)[:5])}" if asked.wrong or inside.wrong else ""
    return (
        f"{asked.sent} requests: {asked.refused} refused, {len(asked.wrong)} read or told anything outside; "
        f"{inside.sent} files that name others: {inside.refused} refused, {len(inside.wrong)} got in{wrong}"
    )


def stored_files(folder: Path, seed: int, small: bool) -> str:
    """Bits flipped in stored volumes."""
    return _outcome_text(storing.files(folder, seed, 60 if small else 500))


def stored_rows(folder: Path, seed: int, small: bool) -> str:
    """Bits flipped in cells of result rows."""
    return _outcome_text(storing.rows(folder, seed, 10 if small else 200))


def stored_database(folder: Path, seed: int, small: bool) -> str:
    """Bits flipped anywhere in the database file."""
    return _outcome_text(storing.database_file(folder, seed, 10 if small else 200))


def _outcome_text(found: storing.Outcomes) -> str:
    total = sum(found.counts.values())
    read = sum(n for what, n in found.counts.items() if what.startswith("detected"))
    parts = [f"{total} flips: {read} refused when read", f"{found.counts['harmless']} harmless"]
    if found.counts["found by db check"]:
        parts.append(f"{found.counts['found by db check']} found by `db check` only")
    parts.append(f"{len(found.failed)} answered 500{_first_cells(found.failed)}")
    return f"{', '.join(parts)}, {len(found.wrong)} silently wrong{_first_cells(found.wrong)}"


def _first_cells(cells: list[str]) -> str:
    return f" ({', '.join(cells[:5])})" if cells else ""


Row = Callable[[Path, int, bool], str]
ROWS: dict[str, tuple[str, Row]] = {
    "bad": ("seeded bad images, masks and series", bad_images),
    "uncompressed": ("damage an uncompressed file cannot show", uncompressed),
    "packed": ("packed pixels of DICOM", packed),
    "drawn": ("masks in DICOM (SEG, RTSTRUCT)", drawn),
    "truncation": ("truncation sweep", truncation),
    "good": ("good files", good),
    "bombs": ("memory bombs", bombs),
    "paths": ("path payloads", path_payloads),
    "files": ("damage in stored volumes", stored_files),
    "rows": ("damage in result rows", stored_rows),
    "database": ("damage in the database file", stored_database),
}


def measure(names: list[str], seed: int, small: bool = False) -> None:
    """Run the named rows, print each as it is done, and write them into the page unless they are `small`."""
    warnings.simplefilter("ignore")  # pydicom warns of what the generators break on purpose
    for name in names:
        title, row = ROWS[name]
        start = perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            said = row(Path(folder) / "bar", seed, small)
        print(f"{title}: {said} [{perf_counter() - start:.0f} s]", flush=True)
        if not small:
            write(PAGE, f"| {title} | {said} | {datetime.now(UTC):%Y-%m-%d}, seed {seed} |")


def main() -> None:
    """The rows named on the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--rows", nargs="+", default=list(ROWS), choices=ROWS)
    options.add_argument("--small", action="store_true", help="a tenth of the size; the page is left alone")
    chosen = options.parse_args()
    measure(chosen.rows, chosen.seed, chosen.small)


def write(page: Path, line: str) -> None:
    """Replace the line of one row in the page's marked block, or adds it."""
    head, _, rest = page.read_text().partition("<!-- bar -->\n")
    block, _, tail = rest.partition("<!-- /bar -->")
    lines = [each for each in block.splitlines() if each.startswith("| ")]
    known = {each.split(" | ")[0]: each for each in lines if not each.startswith(("| test", "|--"))}
    known[line.split(" | ")[0]] = line
    order = [f"| {title}" for title, _ in ROWS.values()]
    table = ["| test | found | when |", "|---|---|---|", *(known[key] for key in order if key in known)]
    page.write_text(f"{head}<!-- bar -->\n" + "\n".join(table) + f"\n<!-- /bar -->{tail}")


if __name__ == "__main__":
    main()

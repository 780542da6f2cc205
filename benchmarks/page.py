"""Writer of the marked blocks of pages under docs/."""

from datetime import UTC, datetime
from os import cpu_count, getloadavg
from pathlib import Path
from platform import machine, python_version

DOCS = Path(__file__).parents[1] / "docs"


def write_block(page: str, name: str, text: str) -> None:
    """Put `text` between `<!-- name -->` and `<!-- /name -->` of a page; the block is added where there is none."""
    path = DOCS / page
    whole = path.read_text()
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    if opening not in whole:
        whole = f"{whole.rstrip()}\n\n{opening}\n{closing}\n"
    head, _, tail = whole.partition(opening)
    _, _, rest = tail.partition(closing)
    path.write_text(f"{head}{opening}\n{text.strip()}\n{closing}{rest}")


def table(head: list[str], rows: list[list[str]]) -> str:
    """A markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def measured_by(command: str) -> str:
    """One line with date, machine and its load, which shows how busy it was with other work."""
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    where = f"{cpu_count()} cores, {machine()}, Python {python_version()}, load {getloadavg()[0]:.1f}"
    return f"Measured {when} by `{command}` on {where}."

"""Markdown of cards and datasheets: tables whose cells hold words of others and stay cells."""

from collections.abc import Iterable, Mapping, Sequence

from backend.science.text_format import words_only

UNKNOWN = "unknown"
LONGEST = 300


def plain(text: object) -> str:
    """Text of others without anything that could be markup; `unknown` where nothing is left."""
    return words_only(str(text), LONGEST) or UNKNOWN


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are taken as they are."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def facts(known: Mapping[str, str]) -> str:
    """A table of two columns: what, and its value."""
    return table(("", ""), known.items())


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"* {line}" for line in lines)


def page(parts: Iterable[str]) -> str:
    """Parts with a blank line between them; empty ones are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"

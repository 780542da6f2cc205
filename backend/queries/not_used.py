"""What an import did not use, in numbers, names and one sentence."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from shared import schemas as s

IN_SENTENCE = 5  # names; the lists hold more
COUNTED = re.compile(r"(\d+) with ")
"""Columns about people are only counted by kind: `2 with a name`."""


def not_used(files: int, names: Sequence[str], columns: Sequence[str]) -> s.NotUsed:
    """The answer for so many files, of which some names are known, and these columns."""
    n_columns = sum(int(match[1]) if (match := COUNTED.match(column)) else 1 for column in columns)
    parts = [_part(files, "file", names), _part(n_columns, "column", columns)]
    told = ", ".join(part for part in parts if part)
    return s.NotUsed(
        files=files,
        file_names=list(names),
        columns=n_columns,
        column_names=list(columns),
        sentence=f"Not used: {told}." if told else "",
    )


def of_cohort(facts: Mapping[str, Any]) -> s.NotUsed:
    """The same of the facts that a cohort keeps about its import."""
    unused = facts.get("unused_files", {"count": 0, "names": []})
    return not_used(unused["count"], unused["names"], facts.get("dropped_columns", []))


def for_role(told: s.NotUsed, role: s.Role) -> s.NotUsed:
    """All of it for an admin; for everybody else how many, because names of files and columns may say who it is."""
    if role == "admin":
        return told
    hidden = not_used(told.files, [], [f"{told.columns} with names"] if told.columns else [])
    sentence = hidden.sentence.replace(f" ({told.columns} with names)", "")
    return hidden.model_copy(update={"column_names": [], "sentence": sentence})


def _part(count: int, what: str, names: Sequence[str]) -> str:
    if not count:
        return ""
    shown = list(names[:IN_SENTENCE])
    rest = count - len(shown) if what == "file" else len(names) - len(shown)
    listed = ", ".join(shown) + (f" and {rest} more" if rest > 0 else "") if shown else ""
    return f"{count} {what}{'' if count == 1 else 's'}" + (f" ({listed})" if listed else "")

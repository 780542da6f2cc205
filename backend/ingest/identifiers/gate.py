"""The gate for names, dates and numbers of people: what looks like one waits until somebody decides.

A program cannot know a name when it sees one, so this errs on the side of asking. Texts are never repeated, only their
place and shape: letters become a, digits 9.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from backend.errors import Conflict
from backend.ingest.identifiers.columns import column_holds
from backend.ingest.identifiers.judge import judge_cell, judge_id, judge_ids
from backend.ingest.identifiers.sign import Sign, shape

DECISIONS = {"ask": "kept", "keep": "kept after a look", "pseudonymise": "replaced by pseudonyms"}
"""How a cohort says what became of its ids, by what was asked for."""


class Identifiers(Conflict):
    """Something looks like a name or a date, and nobody said yet what to do about it."""

    code = "identifiers"


class Placed(NamedTuple):
    """A text and where it stands, such as `pre.csv, row 2`; empty where the text itself is the place."""

    text: str
    place: str = ""


def findings(
    ids: Iterable[Placed] = (),
    names: Iterable[Placed] = (),
    columns: Iterable[Placed] = (),
    cells: Iterable[Placed] = (),
) -> list[str]:
    """What looks like an identifier, in words: one sentence each for ids, file names and kept text, one a column."""
    names = list(names)
    groups: tuple[tuple[str, Iterable[Placed], Callable[[Iterable[str]], Mapping[str, Sign]]], ...] = (
        ("ids", ids, judge_ids),
        ("file names", names, lambda texts: _each(texts, judge_id)),
        ("values of the clinical table", cells, lambda texts: _each(texts, judge_cell)),
    )
    found = []
    for what, given, judge in groups:
        first_places = {placed.text: placed for placed in reversed(list(given))}
        signs = judge(first_places)
        hits = [placed for text, placed in sorted(first_places.items()) if text in signs]
        if hits:
            found.append(_sentence(what, hits, [signs[placed.text] for placed in hits]))
    found += [
        f"{placed.place or 'a column of the clinical table'} seems to hold {kind} (of the shape {shape(placed.text)!r})"
        for placed in columns
        if (kind := column_holds(placed.text))
    ]
    return [_without(sentence, names) for sentence in found]


def _without(sentence: str, names: Iterable[Placed]) -> str:
    """A sentence whose places do not repeat the name of a file that looks like a person's."""
    for placed in names:
        if f"{placed.text}." in sentence and judge_id(placed.text):
            sentence = sentence.replace(f"{placed.text}.", f"{shape(placed.text)}.")
    return sentence


def check(found: Sequence[str], decision: str) -> None:
    """Raises `Identifiers` where something was found and nobody decided."""
    if found and decision == "ask":
        raise Identifiers(
            f"{found[0][0].upper()}{'; '.join(found)[1:]}; choose --ids keep if they identify nobody, or --ids "
            "pseudonymise to replace the ids and leave names out."
        )


def dropped(columns: Sequence[str]) -> list[str]:
    """The names of columns that are not read; columns about people are only counted by kind."""
    kinds = [(column, column_holds(column)) for column in columns]
    plain = [column for column, kind in kinds if not kind]
    counts = {kind: sum(other == kind for _, other in kinds) for _, kind in kinds if kind}
    return plain + [f"{n} with {kind}" for kind, n in sorted(counts.items())]


def numbered(columns: Sequence[str], table: str) -> list[Placed]:
    """Columns with their places, such as `column 4 of clinical.csv`."""
    return [Placed(column, f"column {place} of {table}") for place, column in enumerate(columns, start=1)]


def _each(texts: Iterable[str], judge: Callable[[str], Sign | None]) -> dict[str, Sign]:
    return {text: sign for text in texts if (sign := judge(text))}


def _sentence(what: str, hits: Sequence[Placed], signs: Sequence[Sign]) -> str:
    """`among the ids, 3 may be a date or a name (the first: pre.csv, row 2, of the shape 'aaa^aaaa')`."""
    kinds = " or ".join(sorted({sign.kind for sign in signs}))
    verb = "may be" if not all(sign.certain for sign in signs) else "is" if len(hits) == 1 else "are"
    place = f"the first: {hits[0].place}, " if hits[0].place else ""
    return f"among the {what}, {len(hits)} {verb} {kinds} ({place}of the shape {shape(hits[0].text)!r})"

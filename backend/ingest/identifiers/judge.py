"""Whether an id, a file name or a cell of free text seems to identify a person, and by what."""

import re
from collections.abc import Iterable, Sequence

from backend.ingest.identifiers.check_digits import (
    NUMBERS_BY_CHANCE,
    has_form,
    holds_personal_number,
    number_by_chance,
)
from backend.ingest.identifiers.contacts import contact_of
from backend.ingest.identifiers.dates import holds_date
from backend.ingest.identifiers.person_names import name_in_cell, name_in_id
from backend.ingest.identifiers.plain_text import LONG_TEXT, is_long, plain
from backend.ingest.identifiers.sign import Sign

BY_CHANCE = 0.5
"""Where fewer of the numbers of one form have a right check digit, they have it by chance."""


def judge_id(text: str) -> Sign | None:
    """What an id or a file name seems to hold, or None."""
    if is_long(text):
        return Sign(LONG_TEXT)
    text = plain(text)
    found = _number_or_contact(text) or name_in_id(text)
    if found:
        return found
    kind = number_by_chance(text)
    return Sign(kind) if kind else None


def judge_cell(text: str) -> Sign | None:
    """What a cell seems to hold that is kept as free text, or None; a centre or scanner may be any word."""
    if is_long(text):
        return Sign(LONG_TEXT)
    text = plain(text)
    return _number_or_contact(text) or name_in_cell(text)


def judge_ids(texts: Iterable[str]) -> dict[str, Sign]:
    """The ids that seem to identify somebody; numbers told by a check digit alone are judged together."""
    known: Sequence[str] = list(dict.fromkeys(texts))
    signs = {text: sign for text in known if (sign := judge_id(text))}
    for kind in NUMBERS_BY_CHANCE:
        hits = [text for text, sign in signs.items() if sign == Sign(kind)]
        if len(hits) < BY_CHANCE * sum(_has_form(text, kind) for text in known) or _counted(hits, kind):
            for text in hits:
                if number_by_chance(plain(text)) and not holds_date(plain(text)):
                    del signs[text]
    return signs


def _has_form(text: str, kind: str) -> bool:
    return not is_long(text) and has_form(plain(text), kind)


def _counted(hits: Sequence[str], kind: str) -> bool:
    """Whether six digits that can be dates begin alike, as numbers that count on do; days and years of birth vary."""
    return kind == "a date" and len(hits) > 2 and len({re.sub(r"\D", "", plain(text))[:2] for text in hits}) == 1


def _number_or_contact(text: str) -> Sign | None:
    contact = contact_of(text)
    if contact:
        return Sign(contact, certain=contact != "an address")
    if holds_personal_number(text):
        return Sign("a person's number", certain=True)
    return Sign("a date", certain=True) if holds_date(text) else None

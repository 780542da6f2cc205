"""The words of a series' name and what they mean: whole words only, in any order, in the languages scanners speak.

A word that is glued of known ones (`axt2`, `adcmap`) is taken apart; one that merely holds a known one is not (`plane`,
`part1`). What follows `for` is a purpose, not the image: `T2W TRA (for DCE)`.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from backend.ingest.dicom.vocabulary import FILLING, MEANINGS, NEUTRAL, PHRASES, SHORT

SPELLINGS = (
    (re.compile(r"\b(?:for|fur|fuer|pour|voor|para)\b[^()\[\]]*"), " "),
    (re.compile(r"\bt2w? *(?:\*|star\b)"), " t2star "),
    (re.compile(r"\b(?:3|three) ?pl(?:ane|n)?s?\b"), " localizer "),
    (re.compile(r"\bplan (?=axial|sagittal|coronal|transvers)"), " "),  # French: the axial plane
    (re.compile(r"\b(calc[a-z]*) b\b"), r" \1 calcb b"),
    (re.compile(r"\b(?:average|avg|av) dc\b"), " adc "),  # GE: the average diffusion coefficient
    (re.compile(r"\basset cal\b"), " calibration "),
)
"""Spellings of several words, or with signs, and what they stand for."""
B_WORD = re.compile(r"\bb( ?)(?:(?:val|vals|value|values|wert|valeur|waarde) ?)?(\d{1,5})s?\b((?: \d{2,4}\b)*)")
KNOWN: dict[str, frozenset[str]] = {
    word: frozenset(meaning for meaning, group in MEANINGS.items() if word in group)
    for words in MEANINGS.values()
    for word in words
}
GLUED = {word for word in {*KNOWN, *NEUTRAL} if len(word) > 2} | SHORT
LONGEST = 200  # characters; the standard allows 64
LEAST_B = 10.0  # a smaller number behind a `b` counts blocks or parts


@dataclass(frozen=True)
class Words:
    """What the words of a name mean, and the b-values (s/mm2) it names."""

    meanings: frozenset[str]
    b_values: tuple[float, ...]


@lru_cache(4096)
def words_of(text: str) -> Words:
    """The meanings of a name."""
    plain = re.sub(r"[^a-z0-9*()\[\]]+", " ", _plain(text))
    for spelling, stands_for in SPELLINGS:
        plain = spelling.sub(stands_for, plain)
    tokens = _tokens(plain)
    found = {part for token in tokens for part in _parts(token)}
    meanings = {meaning for word in found for meaning in KNOWN.get(word, ())}
    meanings |= {meaning for meaning, phrase in PHRASES if phrase <= found}
    if "mono" in meanings:
        meanings -= {"mono", "exponential"}  # a map of one exponential is the usual ADC
    b_values = _b_values(" ".join(tokens), glued="t2" in meanings)
    return Words(frozenset(meanings | ({"b"} if b_values else set())), b_values)


def image_type_words(image_type: tuple[str, ...]) -> frozenset[str]:
    """What the values of ImageType mean, each taken apart at underscores."""
    return words_of(" ".join(image_type)).meanings


def shown_words(text: str) -> str:
    """The known words of a text: anything else could be a name."""
    return " ".join(token for token in _tokens(_plain(text)) if _may_be_shown(token))


def tokens_of(text: str) -> list[str]:
    """The words of a name in small letters without accents."""
    return _tokens(_plain(text))


def _may_be_shown(token: str) -> bool:
    if re.search(r"\d{5}", token):
        return False  # a date, or the number of a patient
    return token in FILLING or token.isdigit() or bool(_parts(token))


def _plain(text: str) -> str:
    """Small letters without accents, of as many characters as a name has."""
    folded = unicodedata.normalize("NFKD", text[:LONGEST].lower().replace("ß", "ss"))
    return "".join(c for c in folded if not unicodedata.combining(c))


def _tokens(plain: str) -> list[str]:
    return [token for token in re.split(r"[^a-z0-9]+", plain) if token]


def _b_values(joined: str, glued: bool) -> tuple[float, ...]:
    """Every b-value named: `b1400`, `b 1400`, `b=0,50,800`, `bval800`; numbers after one while they rise.

    With `glued` only those without a space: beside the word T2 a lone `b` is something else.
    """
    found: list[float] = []
    for match in B_WORD.finditer(re.sub(r"\b(bvals?|bvalues?|bwert)(?=\d| \d)", "b", joined)):
        value = float(match[2])
        if (glued and match[1]) or 0 < value < LEAST_B:
            continue
        found.append(value)
        for word in match[3].split():
            if float(word) <= found[-1] or float(word) % 10:
                break
            found.append(float(word))
    return tuple(dict.fromkeys(found))


@lru_cache(4096)
def _parts(token: str) -> tuple[str, ...]:
    """The known words a token is made of without a rest but a number; nothing where there is none."""
    if token in KNOWN or token in NEUTRAL:
        return (token,)
    if re.fullmatch(r"b\d{1,5}s?", token):
        return (token,)
    bare = token.rstrip("0123456789")
    if len(bare) > 2 and bare != token and bare in GLUED:
        return (bare,)
    for end in range(len(token) - 2, 1, -1):
        if token[:end] in GLUED and (token[end:] in GLUED or _parts(token[end:])):
            return (token[:end], *(_parts(token[end:]) or (token[end:],)))
    return ()

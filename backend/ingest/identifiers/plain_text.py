"""The plain form of a text, as the gate reads it: what looks the same to a person is the same to a program.

Full-width letters, digits of other scripts, letters with a separate accent (as one system writes file names) or in the
code of a web address, invisible characters and typographic dashes would otherwise hide a name, a date or a number.
"""

import re
import unicodedata
from urllib.parse import unquote

LONGEST = 300
"""Characters of an id, a name or a cell; what is longer is free text, and is not searched: that takes too long."""
LONG_TEXT = "a long text"
_DASHES = re.compile(r"[\u2010-\u2015\u2043\u2212\ufe58\ufe63]")
_SLASHES = re.compile(r"[\u2044\u2215]")
_ENCODED = re.compile("%[0-9a-f]{2}", re.IGNORECASE)
_BLANKS = re.compile(r"\s")


def plain(text: str) -> str:
    """The text in composed letters, ASCII digits, dashes and blanks, without invisible characters."""
    if text.isascii() and text.isprintable() and "%" not in text:
        return text
    decoded = unquote(text) if _ENCODED.search(text) else text
    composed = unicodedata.normalize("NFKC", decoded)
    seen = "".join(_digit(letter) for letter in composed if unicodedata.category(letter) != "Cf")
    return _BLANKS.sub(" ", _SLASHES.sub("/", _DASHES.sub("-", seen)))


def is_long(text: str) -> bool:
    """Whether a text is too long for an id, a name or a cell."""
    return len(text) > LONGEST


def _digit(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter

"""Letters of a text: words in small letters without accents, and scripts other than the Latin one."""

import re
import unicodedata
from functools import lru_cache

_BY_HAND = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_CAMEL = re.compile(r"[^\W\d_a-z][a-zà-öø-ÿ]+|[^\W\d_]+?(?=[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ])|[^\W\d_]+")
OTHER_SCRIPT = re.compile(
    r"[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u0590-\u05ff\u0600-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff"
    r"\u3400-\u9fff\uac00-\ud7a3\uff66-\uff9f]"
)


def word_set(words: str) -> frozenset[str]:
    """The words of a list that is written with blanks between them."""
    return frozenset(words.split())


@lru_cache(maxsize=4096)
def bare(text: str) -> str:
    """Small letters without accents: `Müller` as `muller`."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_BY_HAND))
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def runs(text: str) -> list[str]:
    """The unbroken runs of letters, as written."""
    return re.findall(r"[^\W\d_]+", text)


def camel_words(run: str) -> list[str]:
    """The words of a run of letters: `KowalskiJan` as `Kowalski` and `Jan`."""
    return _CAMEL.findall(run)

"""The key to the marks of flags: what each symbol in a chart means, of those that occur."""

from collections.abc import Iterable

from frontend.charts import style
from frontend.text.trust_words import TrustWords


def marks(flags: Iterable[str | None], words: TrustWords) -> list[str]:
    """`▲ stronger`, `◆ label-borne`: of the flags that occur; stronger and weaker always."""
    found = set(flags)
    return [
        f"{mark} {words.flag(name)}"
        for name, mark in style.FLAG_MARK.items()
        if name in found or name in ("stronger", "weaker")
    ]


def marks_read(flags: Iterable[str | None], words: TrustWords) -> str:
    """The same as a sentence."""
    return f"{', '.join(marks(flags, words))}."

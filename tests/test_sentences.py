"""Pages are written in short sentences: at most 25 words each, at most 16 on average.

How words are counted. Left out are code blocks, tables, headings, quoted output (`>`) and comments. So are the blocks
that benchmarks write (between `<!-- name -->` and `<!-- /name -->`), and `docs/reference/`, written from the code.
Each paragraph and each item of a list is read by itself. A sentence ends at `.`, `?` or `!` before a space or the end.
A colon or a semicolon does not end it. A word stands between spaces and has a letter or a digit. Code in backticks is
one word, and a link counts by its text alone.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "reference"),
]
LONGEST = 25
LONGEST_MEAN = 16

LEFT_OUT = re.compile(
    r"^```.*?^```|<!-- (\w[\w-]*) -->.*?<!-- /\1 -->|<!--.*?-->|^(?:#|\||>).*?$", re.DOTALL | re.MULTILINE
)
ITEM = re.compile(r"^\s*(?:[*-]|\d+\.) ", re.MULTILINE)
SENTENCE_END = re.compile(r"(?<=[.?!])[\"')*]*\s+")


def sentences(text: str) -> list[str]:
    """Sentences of a Markdown page, in order, markup removed."""
    prose = LEFT_OUT.sub("\n\n", text)
    prose = re.sub(r"`[^`]+`", "code", prose)
    prose = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", prose)
    paragraphs = re.split(r"\n\s*\n", ITEM.sub("\n\n", prose))
    found = (part.strip(" *") for paragraph in paragraphs for part in SENTENCE_END.split(" ".join(paragraph.split())))
    return [sentence for sentence in found if words(sentence)]


def words(sentence: str) -> int:
    """Number of words: what stands between spaces and has a letter or a digit."""
    return sum(any(letter.isalnum() for letter in word) for word in sentence.split())


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("One two. Three four five!", [2, 3]),
        ("# Left out\n\nOne `two three` four\nfive.\n\n| left | out |\n", [4]),
        ("* One.\n* Two three:\n  four.\n", [1, 3]),
        ("A value of 0.5 x 2; [three words here](docs/method.md).", [9]),
        ("```sh\nleft out\n```\n<!-- bar -->\nleft out\n<!-- /bar -->\nOne (two.) Three.", [2, 1]),
    ],
)
def test_words_are_counted_as_described(text: str, lengths: list[int]) -> None:
    assert [words(sentence) for sentence in sentences(text)] == lengths


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_sentence_is_long(page: Path) -> None:
    counted = [(words(sentence), sentence) for sentence in sentences(page.read_text())]
    assert [sentence for sentence in counted if sentence[0] > LONGEST] == []


def test_sentences_are_short_on_average() -> None:
    counted = [words(sentence) for page in PAGES for sentence in sentences(page.read_text())]
    assert sum(counted) / len(counted) <= LONGEST_MEAN

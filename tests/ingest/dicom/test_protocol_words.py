"""Words that a scanner writes without a space between them."""

import pytest

from backend.ingest.dicom.protocol_words import _apart

KNOWN = frozenset({"t1", "t2", "ax", "flair", "post", "po"})


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("axt2", ("ax", "t2")),
        ("t2axflair", ("t2", "ax", "flair")),
        ("t1post", ("t1", "post")),
        ("flair3", ("flair",)),
        ("axt9", ("axt9",)),
        ("ax", ("ax",)),
    ],
)
def test_a_token_is_parted_where_all_of_it_is_known(token: str, words: tuple[str, ...]) -> None:
    assert _apart(token, KNOWN) == words

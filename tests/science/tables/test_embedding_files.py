"""A table of embeddings in pieces."""

from backend.science.tables.embedding_files import Pieces


def test_what_is_written_counts_its_own_bytes_and_is_taken_once() -> None:
    pieces = Pieces()
    assert [pieces.write(each) for each in (b"abc", b"de", b"")] == [3, 2, 0]
    assert pieces.taken() == b"abcde"
    assert pieces.write(b"fgh") == 3
    assert (pieces.tell(), pieces.taken(), pieces.taken()) == (8, b"fgh", b"")

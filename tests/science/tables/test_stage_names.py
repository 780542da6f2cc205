"""Which stage a file of embeddings is of, by the words of its name."""

import pytest

from backend.science.tables.stage_names import stage_named


@pytest.mark.parametrize(
    ("file", "stage"),
    [
        ("liver_pre.csv", "pre"),
        ("before.npz", "pre"),
        ("Study-FT.run2.csv", "ft"),
        ("ft_shuffled.csv", "control"),
        ("prefix.csv", None),
        ("softmax.npy", None),
        ("embeddings.csv", None),
    ],
)
def test_a_name_tells_the_stage_by_whole_words(file: str, stage: str | None) -> None:
    assert stage_named(file) == stage

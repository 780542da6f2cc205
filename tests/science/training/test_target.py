"""What a model learns to predict, in words."""

from backend.science.training.target import Target


def test_a_target_is_called_by_its_words_where_it_has_some() -> None:
    assert Target("grade", "class").called == "grade"
    assert Target("grade", "class", words="Gleason grade").called == "Gleason grade"


def test_grades_are_ordered_where_it_is_declared_or_their_names_are_rising_numbers() -> None:
    assert Target("grade", "ordinal", classes=("low", "high")).ordered is True
    assert Target("grade", "class", classes=("1", "2", "3")).ordered is True
    assert Target("side", "class", classes=("left", "right")).ordered is False
    assert Target("side", "class", classes=("left", "right")).has_sides is True
    assert Target("grade", "class", classes=("1", "2")).has_sides is False

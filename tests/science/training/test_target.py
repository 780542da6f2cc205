"""What a model learns to predict, in words."""

from backend.science.training.target import Target


def test_a_target_is_called_by_its_words_where_it_has_some() -> None:
    assert Target("grade", "class").called == "grade"
    assert Target("grade", "class", words="Gleason grade").called == "Gleason grade"

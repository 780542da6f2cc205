"""Names of known columns become words in the sentences of a plan, and nowhere else."""

from frontend.runs import decoding_settings


def test_columns_of_a_plan_are_in_words() -> None:
    said = "Changes are also read given the label pirads (5 classes). Every decoding is given center (3 classes)."
    assert decoding_settings.in_words(said) == (
        "Changes are also read given the label PI-RADS (5 classes). Every decoding is given centre (3 classes)."
    )
    assert decoding_settings.in_words("pirads-cohort, age and ward (2)") == "pirads-cohort, age and ward (2)"
    assert decoding_settings.column_words("Center") == "centre"
    assert decoding_settings.column_words("my_ward") == "my ward"

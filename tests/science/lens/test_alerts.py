import numpy as np
import pytest

from backend.science.lens import alerts
from backend.science.lens.scores import StageScores
from backend.science.text_format import named


def scores(r2, r2_in_sample):
    return StageScores(np.array([r2]), np.ones(1), np.ones(1), np.array([r2_in_sample]))


@pytest.mark.parametrize(
    ("quiet", "loud", "code"),
    [
        (alerts.few_studies(193, 128), alerts.few_studies(192, 128), "few_studies"),
        (alerts.ill_conditioned(1e6, "pre"), alerts.ill_conditioned(1.1e6, "pre"), "ill_conditioned_pre"),
        (alerts.dead_units(96, 128, "ft", "pre"), alerts.dead_units(95, 128, "ft", "pre"), "dead_units_ft"),
        (alerts.optimistic(scores(0.3, 0.49), "pre"), alerts.optimistic(scores(0.3, 0.51), "pre"), "optimistic_pre"),
        (alerts.small_cohort(200), alerts.small_cohort(199), "small_cohort"),
        (alerts.few_test_patients(20), alerts.few_test_patients(19), "few_test_patients"),
        (alerts.repeated_studies(5, 5), alerts.repeated_studies(6, 5), "repeated_studies"),
        (alerts.outside_training_range(0, 9), alerts.outside_training_range(1, 9), "outside_training_range"),
        (alerts.region_of_some("tumor", 0), alerts.region_of_some("tumor", 1), "region_of_some"),
        (alerts.lesion_roi("gland"), alerts.lesion_roi("lesion"), "lesion_roi"),
        (
            alerts.common_shift(np.ones(3), np.full(3, 1.25)),
            alerts.common_shift(np.ones(3), np.array([1.3, 1.3, 0.1])),
            "common_shift",
        ),
        (
            alerts.rows_mismatched(np.full(4, 0.3), np.array([-0.1, -0.1, 0.2, 0.2])),
            alerts.rows_mismatched(np.full(4, 0.3), np.array([-0.1, -0.1, -0.1, 0.2])),
            "rows_mismatched",
        ),
    ],
)
def test_an_alert_starts_at_its_threshold(quiet, loud, code):
    assert quiet is None
    assert loud.code == code
    assert set(loud.as_dict()) == {"code", "sentence", "why"}
    assert all(text.endswith(".") for text in (loud.sentence, loud.why))


def test_dead_units_of_raw_embeddings_name_the_remedy():
    assert "--standardise-x pre" in alerts.dead_units(40, 128, "pre", "none").sentence


def test_repeated_studies_state_both_counts():
    assert alerts.repeated_studies(120, 118).sentence.startswith("120 studies of 118 patients")


def test_undecodable_features_are_no_sign_of_mismatched_rows():
    assert alerts.rows_mismatched(np.zeros(4), np.full(4, -0.5)) is None


def test_long_lists_are_cut():
    assert named(["a", "b"]) == "a, b"
    assert named(list("abcdef")) == "a, b, c and 3 more"

import numpy as np
import pytest

from backend.science.lens.settings import LensSettings
from backend.science.trust.alerts import collapse, global_change, most_groups_moved, too_few_patients
from backend.science.trust.block import trust_block
from tests.science.trust.cohorts import cohort


def moved(strengths, n=240):
    """The trust block of six groups (T2), each written after fine-tuning with its strength (before: 0.4)."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(n, 6))
    r = np.array([np.sqrt(0.8) * factors[:, k % 6] + np.sqrt(0.2) * rng.normal(size=n) for k in range(48)]).T
    directions, noise = rng.normal(size=(6, 40)) / np.sqrt(40), 0.25 * rng.normal(size=(n, 40))
    x_pre, x_ft = (factors * written @ directions + noise for written in (np.full(6, 0.4), np.array(strengths)))
    z = rng.random((n, 4))
    return trust_block(cohort(x_pre, x_ft, r), r, z, z, LensSettings(hidden=4, epochs=1))


@pytest.mark.parametrize(
    ("strengths", "words"),
    [
        ([1.0] * 5 + [0.4], ("5 of 6 groups gained R²", "weaker here means less than the typical feature gained")),
        (
            [0.15] * 5 + [0.4],
            ("5 of 6 groups lost R²", "stronger or kept here means less than"),
        ),
        ([0.8, 0.8, 0.8, 0.2, 0.2, 0.2], None),
    ],
)
def test_most_groups_that_moved_the_same_way_change_what_a_flag_means(strengths, words):
    found = most_groups_moved(moved(strengths))
    if words is None:
        assert found is None
        return
    assert found is not None
    assert all(part in found.sentence for part in words)
    assert "Read ΔR² beside the effect" in found.sentence
    assert "beyond" not in found.why


def test_fewer_than_40_patients_get_no_verdict():
    assert too_few_patients(40) is None
    assert "39 patients are too few for flags; 40 are needed" in too_few_patients(39).sentence


def test_a_collapse_needs_the_rank_and_the_content():
    assert "effective rank fell from 30 to 9" in collapse(-0.6, (30.0, 9.0)).sentence
    assert collapse(-0.6, (30.0, 20.0)) is None
    assert collapse(-0.2, (30.0, 9.0)) is None


def test_a_large_shared_change_is_compared_with_and_not_gone_beyond():
    found = global_change(-0.4, 0.05, 30)
    assert "The trust effect compares with it, not with before" in found.sentence
    assert global_change(-0.4, 0.25, 30) is None
    assert global_change(-0.4, 0.05, 5) is None

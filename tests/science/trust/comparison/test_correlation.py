"""The correlation of two analyses' effects, with their errors of measurement taken out."""

import numpy as np
import pytest

from backend.science.trust.change_evidence import ChangeEvidence, Verdict
from backend.science.trust.comparison.compare import correlation


def evidence(effect, left_out):
    """Evidence of one analysis with these effects and their values without each patient; the rest is not read."""
    nothing = np.zeros(len(effect))
    flags = np.full(len(effect), "unchanged")
    verdict = Verdict(effect, nothing, nothing, nothing, nothing, nothing, flags)
    influence = left_out - left_out.mean(axis=0)
    names = tuple(f"p{i}" for i in range(len(left_out)))
    return ChangeEvidence(
        names, np.zeros((2, len(effect))), verdict, effect[None], influence, np.zeros((1, 2, 1)), 1, 1
    )


def with_errors(effect, common, own, rng, patients=200):
    """Values without each patient, as those of a mean over patients: errors of SD `common` (shared) and `own`."""
    shared = rng.normal(size=(patients, len(effect[0])))
    scale = 1 / np.sqrt(patients)
    return [evidence(one, one + scale * (common * shared + own * rng.normal(size=shared.shape))) for one in effect]


@pytest.mark.parametrize("truth", [0.0, 0.7])
def test_errors_of_measurement_are_taken_out_of_the_correlation(truth):
    rng = np.random.default_rng(3)
    n, error = 4000, 0.08 * np.sqrt(0.5)
    real = rng.multivariate_normal([0, 0], 0.01 * np.array([[1, truth], [truth, 1]]), n).T
    common = error * rng.normal(size=n)  # errors that both analyses share
    effect = [real[i] + common + error * rng.normal(size=n) for i in (0, 1)]
    got = correlation(with_errors(effect, error, error, rng), np.ones(n, dtype=bool))
    plain = (truth + 0.32) / 1.64
    assert got.value == pytest.approx(plain, abs=0.04)
    assert got.true == pytest.approx(truth, abs=0.06)
    assert got.true_low <= got.true <= got.true_high
    assert got.low < got.value < got.high


def test_effects_that_are_all_error_have_no_true_correlation():
    rng = np.random.default_rng(4)
    effect = [0.05 * rng.normal(size=500) for _ in range(2)]
    pair = with_errors(effect, 0.0, 0.05, rng)
    got = correlation(pair, np.ones(500, dtype=bool))
    assert got.true is None
    assert got.value is not None
    assert abs(got.value) < 0.15
    few = correlation(pair, np.arange(500) < 9)
    assert (few.n, few.value) == (9, None)

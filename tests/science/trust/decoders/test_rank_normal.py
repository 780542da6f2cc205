import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from backend.science.trust.decoders.rank_normal import Ranks


def oracle(train, values):
    """Mid-rank among the training values, one value at a time."""
    m = len(train)
    share = [((train < v).sum() + 0.5 * (train == v).sum()) / m for v in values]
    return ndtri(np.clip(share, 0.5 / m, 1 - 0.5 / m))


def test_scores_are_those_of_the_mid_rank_among_training_rows():
    rng = np.random.default_rng(0)
    r = np.column_stack([rng.normal(size=40), rng.integers(0, 4, 40), np.exp(5 * rng.normal(size=40))])
    train = rng.random(40) < 0.7
    scores = Ranks.of(r).normal_scores(train)
    for k in range(3):
        np.testing.assert_allclose(scores[:, k], oracle(r[train, k], r[:, k]), atol=1e-14)


def test_training_scores_of_distinct_values_are_the_classical_ones():
    values = np.random.default_rng(1).normal(size=(25, 1))
    scores = Ranks.of(values).normal_scores(np.ones(25, dtype=bool))[:, 0]
    np.testing.assert_allclose(scores, ndtri((rankdata(values[:, 0]) - 0.5) / 25), atol=1e-14)


def test_any_rising_transform_of_a_feature_gives_the_same_scores():
    values = np.random.default_rng(2).normal(size=(30, 2))
    train = np.arange(30) % 3 > 0
    first, second = (Ranks.of(v).normal_scores(train) for v in (values, np.exp(3 * values)))
    assert np.array_equal(first, second)


def test_a_test_value_never_shapes_the_scores_of_others():
    values = np.random.default_rng(3).normal(size=(30, 1))
    train = np.arange(30) > 0
    moved = values.copy()
    moved[0] = 1e9
    first, second = (Ranks.of(v).normal_scores(train) for v in (values, moved))
    assert np.array_equal(first[1:], second[1:])
    assert second[0] == second.max()


def test_ranks_of_permuted_rows_are_the_permuted_ranks():
    r = np.random.default_rng(4).integers(0, 9, (20, 3)).astype(float)
    rows = np.random.default_rng(5).permutation(20)
    train = np.arange(20) % 4 > 0
    assert np.array_equal(Ranks.of(r).of_rows(rows).normal_scores(train), Ranks.of(r[rows]).normal_scores(train))

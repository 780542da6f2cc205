import numpy as np
import pytest

from backend.science.trust.representation import debiased_cka, effective_rank, evenly, representation_table


def hsic_by_sums(k, m):
    """Song et al. 2012, written as sums over distinct indices."""
    n = len(k)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    first = sum(k[i, j] * m[i, j] for i, j in pairs)
    second = sum(k[i, j] * m[p, q] for i, j in pairs for p, q in pairs if not {i, j} & {p, q})
    third = sum(k[i, j] * m[i, q] for i, j in pairs for q in range(n) if q not in (i, j))
    return first / (n * (n - 1)) + second / (n * (n - 1) * (n - 2) * (n - 3)) - 2 * third / (n * (n - 1) * (n - 2))


def test_cka_equals_the_direct_formula():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, 5))
    y = x @ rng.normal(size=(5, 6)) + rng.normal(size=(8, 6))
    k, m = x @ x.T, y @ y.T
    expected = hsic_by_sums(k, m) / np.sqrt(hsic_by_sums(k, k) * hsic_by_sums(m, m))
    assert debiased_cka(x, y) == pytest.approx(expected, rel=1e-9)


def test_unrelated_data_have_no_similarity_at_n_30():
    rng = np.random.default_rng(1)
    values = [debiased_cka(rng.normal(size=(30, 768)), rng.normal(size=(30, 768))) for _ in range(10)]
    assert abs(np.mean(values)) < 0.02


def test_a_rotation_with_scale_is_no_change_of_the_representation():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(50, 30)) * np.linspace(3, 0.1, 30)
    turn, _ = np.linalg.qr(rng.normal(size=(30, 30)))
    table = representation_table(x, 3 * x @ turn + 5)
    assert table["cka_debiased"] == pytest.approx(1)
    assert table["procrustes_distance"] == pytest.approx(0, abs=1e-6)
    assert table["rsa_spearman"] == pytest.approx(1, abs=1e-6)
    assert table["principal_angle_mean_deg"] == pytest.approx(0, abs=1e-4)
    assert table["effective_rank_pre"] == pytest.approx(table["effective_rank_ft"])


def test_effective_rank_counts_equal_directions():
    x = np.vstack([np.eye(4), -np.eye(4)])
    assert effective_rank(np.hstack([x, np.zeros((8, 3))])) == pytest.approx(4)


def test_a_constant_embedding_has_no_similarity_to_state():
    table = representation_table(np.random.default_rng(3).normal(size=(20, 4)), np.ones((20, 4)))
    assert np.isnan(table["cka_debiased"])
    assert table["effective_rank_ft"] == 0


def test_of_many_studies_an_even_part_is_compared():
    assert np.array_equal(evenly(5, 7), np.arange(5))
    rows = evenly(9001, 2000)
    assert len(np.unique(rows)) == 2000
    assert (rows[0], rows[-1]) == (0, 9000)
    assert np.diff(rows).max() <= 5

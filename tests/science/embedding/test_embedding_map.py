import numpy as np
import pytest
from scipy.linalg import svd
from scipy.spatial.distance import cdist, pdist

from backend.science.embedding.embedding_map import ROWS_AT_ONCE, embedding_map


def drawn(n: int = 40, d: int = 12, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) * np.linspace(4.0, 0.5, d) + 7.0


def ids(n: int = 40) -> list[str]:
    return [f"p{k}" for k in range(n)]


def test_the_plane_is_that_of_a_singular_value_decomposition() -> None:
    x = drawn()
    found = embedding_map(x, x, ids())
    centred = x - x.mean(axis=0)
    left, values, _ = svd(centred, full_matrices=False)
    scores = left[:, :2] * values[:2] / np.sqrt((centred**2).sum(axis=1).mean())
    assert np.allclose(pdist(found.pre), pdist(scores))
    assert found.shown_pre == pytest.approx((values[:2] ** 2).sum() / (values**2).sum())


def test_scale_offset_and_axes_move_nobody_and_lose_no_neighbour() -> None:
    x = drawn()
    rotation = np.linalg.qr(np.random.default_rng(5).normal(size=(12, 12)))[0]
    found = embedding_map(x, 0.01 * x @ rotation - 300.0, ids())
    assert np.allclose(found.pre, found.ft, atol=1e-8)
    assert set(found.kept) == {found.neighbours}


def test_kept_neighbours_are_counted_among_other_patients_in_the_whole_space() -> None:
    pre, ft = drawn(seed=1), drawn(seed=2)
    patients = [f"p{k // 2}" for k in range(40)]
    found = embedding_map(pre, ft, patients)
    near = []
    for x in (pre, ft):
        distances = cdist(x, x)
        distances[np.equal.outer(patients, patients)] = np.inf
        near.append([set(np.argsort(row, kind="stable")[: found.neighbours]) for row in distances])
    assert found.neighbours == 7
    assert list(found.kept) == [len(a & b) for a, b in zip(*near, strict=True)]


def test_unrelated_embeddings_keep_about_what_chance_says() -> None:
    shares = []
    for seed in range(10):
        found = embedding_map(drawn(seed=seed), drawn(seed=100 + seed), ids())
        shares.append(found.kept.mean())
    assert np.mean(shares) == pytest.approx(found.by_chance, rel=0.15)


def test_a_constant_embedding_lies_in_the_middle() -> None:
    found = embedding_map(drawn(), np.ones((40, 3)), ids())
    assert found.shown_ft == 0.0
    assert not found.ft.any()


def test_too_few_patients_are_refused() -> None:
    with pytest.raises(ValueError, match="2 patients"):
        embedding_map(drawn(4), drawn(4), ["a"] * 4)


def test_the_nearest_studies_of_other_patients_come_nearest_first() -> None:
    x = np.array([[0.0], [0.1], [5.0], [1.0], [2.0], [9.0]])
    found = embedding_map(x, -x, ["a", "a", "b", "c", "d", "e"])
    brute = [
        [m for m in np.argsort(np.abs(x[:, 0] - x[n, 0]), kind="stable") if m not in same]
        for n, same in enumerate([{0, 1}, {0, 1}, {2}, {3}, {4}, {5}])
    ]
    assert found.near_pre.tolist() == [[int(m) for m in row[: found.neighbours]] for row in brute]
    assert found.near_ft.tolist() == found.near_pre.tolist()
    assert (found.kept == found.neighbours).all()


def test_blocks_of_rows_find_the_nearest_of_other_patients_where_many_are_equally_near() -> None:
    rng = np.random.default_rng(5)
    n = ROWS_AT_ONCE + 31
    x = rng.integers(0, 3, (n, 3)).astype(float)
    patients = np.arange(n) // 2
    found = embedding_map(x, rng.normal(size=(n, 4)), patients.astype(str).tolist())
    exact = cdist(x, x)
    exact[patients[:, None] == patients[None, :]] = np.inf
    limits = np.sort(exact, axis=1)[:, found.neighbours - 1]
    near = np.take_along_axis(exact, found.near_pre, axis=1)
    assert (near <= limits[:, None] + 1e-9).all()
    assert all(len(set(row.tolist())) == found.neighbours for row in found.near_pre)


@pytest.mark.parametrize("shape", [(40, 7), (7, 40), (30, 30), (12, 1)])
def test_tall_and_wide_embeddings_lie_where_a_singular_value_decomposition_puts_them(shape: tuple[int, int]) -> None:
    x = np.random.default_rng(6).normal(size=shape) * np.linspace(3, 1, shape[1])
    found = embedding_map(x, x, ids(shape[0]))
    centred = x - x.mean(axis=0)
    left, values, _ = svd(centred, full_matrices=False)
    scores = (left * values)[:, :2] / np.sqrt((centred**2).sum(axis=1).mean())
    assert np.allclose(pdist(found.pre), pdist(scores), atol=1e-8)
    assert np.isclose(found.shown_pre, (values[:2] ** 2).sum() / (values**2).sum())

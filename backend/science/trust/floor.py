"""The control floor: the R2 that features of the wrong patients reach (a control task, Hewitt & Liang 2019)."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.science.trust.decodability import decode
from backend.science.trust.rank_normal import Ranks
from backend.science.trust.ridge import IntArray

FloatArray = NDArray[np.float64]
FEWEST, MOST = 4, 20
STUDIES = 2000


def permutations(n_studies: int) -> int:
    """How many: small cohorts get more, for their floor is high and uncertain, and costs little."""
    return int(np.clip(STUDIES // n_studies, FEWEST, MOST))


def control_floor(
    products: Sequence[FloatArray],
    ranks: Ranks,
    folds: IntArray,
    patients: Sequence[IntArray],
    seed: int,
    done: Callable[[int], None] | None = None,
) -> float:
    """The 95th percentile of R2, over features, stages and permutations, with the patients of R permuted.

    Targets are rank-normal, so one floor serves all features. folds: (N,) of one repeat. Never below zero.
    """
    values = []
    n = len(ranks.order)
    for number in range(permutations(n)):
        rows = permuted_rows(patients, n, seed, number)
        values.append(decode(products, ranks.of_rows(rows), folds[None]).r2)
        if done:
            done(number + 1)
    return float(max(np.quantile(values, 0.95), 0.0))


def permuted_rows(patients: Sequence[IntArray], n: int, seed: int, number: int) -> IntArray:
    """(N,) which row's radiomics each study gets: whole patients change places, among those with as many studies."""
    rng = np.random.default_rng([seed, 303, number])
    rows = np.arange(n)
    for size in sorted({len(one) for one in patients}):
        alike = [one for one in patients if len(one) == size]
        for to, source in zip(alike, rng.permutation(len(alike)), strict=True):
            rows[to] = alike[source]
    return rows

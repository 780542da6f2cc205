"""The control floor: the R2 that features of the wrong patients reach (a control task, Hewitt & Liang 2019)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from backend.science.trust.decoders.cross_validated_ridge import Fold, replicate_r2
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.types import FloatArray, IntArray

FEWEST, MOST = 4, 20
STUDIES = 2000


def permutation_count(n_studies: int) -> int:
    """How many: small cohorts get more, for their floor is high and uncertain, and costs little."""
    return int(np.clip(STUDIES // n_studies, FEWEST, MOST))


def permuted_r2(
    products: Sequence[FloatArray],
    ranks: Ranks,
    folds: Sequence[Fold],
    patients: Sequence[IntArray],
    seed: int,
    done: Callable[[int], None] | None = None,
) -> FloatArray:
    """(permutations, S, K) R2 of every stage with the patients of R permuted.

    folds: one repeat of the full run. Its penalties stay: a feature that is not there is decoded with the penalty that
    the others chose, and with fresh ones, which would all be large, a third of the pure-noise features of 48 patients
    passed.
    """
    n = len(ranks.order)
    everyone = np.ones(n, dtype=np.int64)
    values = []
    for number in range(permutation_count(n)):
        shuffled = ranks.of_rows(permuted_rows(patients, n, seed, number))
        wrong = [replace(fold, targets=shuffled.normal_scores(~fold.held_out)) for fold in folds]
        values.append(replicate_r2(products, [wrong], everyone))
        if done:
            done(number + 1)
    return np.stack(values)


def quantile_floor(values: FloatArray) -> float:
    """The 95th percentile, over features and permutations, of the better stage's R2; never below zero.

    values: (permutations, S, K). Targets are rank-normal, so one floor serves all features.
    """
    return float(max(np.quantile(values.max(axis=1), 0.95), 0.0))


def permuted_rows(patients: Sequence[IntArray], n: int, seed: int, number: int) -> IntArray:
    """(N,) which row's radiomics each study gets: whole patients change places, among those with as many studies."""
    rng = np.random.default_rng([seed, 303, number])
    rows = np.arange(n)
    for size in sorted({len(one) for one in patients}):
        alike = [one for one in patients if len(one) == size]
        for to, source in zip(alike, rng.permutation(len(alike)), strict=True):
            rows[to] = alike[source]
    return rows

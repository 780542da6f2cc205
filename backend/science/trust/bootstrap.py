"""The cluster bootstrap: patients are drawn with all their studies, and the whole cross-validation is refitted."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backend.science.trust.decodability import Fold, cross_validated_r2
from backend.science.trust.ridge import AnyFloat, IntArray

FloatArray = NDArray[np.float64]


def replicates(
    products: Sequence[FloatArray],
    repeats: Sequence[Sequence[Fold]],
    patients: Sequence[IntArray],
    count: int,
    seed: int,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> FloatArray:
    """(B, 2, K) R2 of every replicate, float32 arithmetic inside; penalties stay those of the full run.

    A replicate's draw depends on the seed and its number alone, so the result is the same for any number of workers.
    """
    light: list[AnyFloat] = [matrix.astype(np.float32) for matrix in products]
    folds = [[replace(fold, targets=fold.targets.astype(np.float32)) for fold in row] for row in repeats]

    def one(number: int) -> FloatArray:
        return cross_validated_r2(light, folds, draw(patients, seed, number))

    results = np.empty((count, len(products), repeats[0][0].targets.shape[1]))
    for number, r2 in enumerate(_in_order(one, count, workers)):
        results[number] = r2
        if progress:
            progress(number + 1, count)
    return results


def draw(patients: Sequence[IntArray], seed: int, number: int) -> IntArray:
    """The rows of replicate `number`: as many patients as there are, with replacement."""
    chosen = np.random.default_rng([seed, 202, number]).integers(0, len(patients), len(patients))
    return np.concatenate([patients[i] for i in chosen])


def _in_order(one: Callable[[int], FloatArray], count: int, workers: int) -> Iterator[FloatArray]:
    if workers == 1:
        yield from map(one, range(count))
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(one, range(count))

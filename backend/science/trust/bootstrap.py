"""The cluster bootstrap: patients are drawn with all their studies, and the cross-validation is refitted."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.linalg import LinAlgError

from backend.science.trust.decoders.cross_validated_ridge import Counts, Decoding, Fold, replicate_r2
from backend.science.trust.decoders.ridge import AnyFloat
from backend.science.types import FloatArray, IntArray

ROUNDING = 1e-3
BLOCK = 50


class ReplicateStore(Protocol):
    """Store of a run's replicates (same tables, settings and seed), so that a stopped run can be resumed."""

    def load(self) -> FloatArray | None:
        """Return the stored first replicates (b, 2, K), or None."""

    def save(self, replicates: FloatArray) -> None:
        """Store all replicates (b, 2, K) so far; called after every 50 and at the end."""


def replicates(
    products: Sequence[FloatArray],
    decoding: Decoding,
    patients: Sequence[IntArray],
    count: int,
    seed: int,
    workers: int = 1,
    done: Callable[[int], None] | None = None,
    store: ReplicateStore | None = None,
) -> FloatArray:
    """R2 of every replicate, (B, 2, K), with the penalties of the full run.

    A replicate's draw depends only on the seed and its number: the result is the same for any number of workers, as
    long as the linear algebra uses one thread. Replicates in `store` are reused.
    `done` is called with the number finished; if it raises, the rest is not computed.
    """
    matrices, repeats = arithmetic(products, decoding)
    results = np.empty((count, len(products), decoding.r2.shape[1]))
    known = store.load() if store else None
    first = 0 if known is None else min(len(known), count)
    if known is not None:
        results[:first] = known[:first]

    def one(number: int) -> FloatArray:
        return replicate_r2(matrices, repeats, draw(patients, seed, number))

    for number, r2 in zip(range(first, count), _in_order(one, range(first, count), workers), strict=True):
        results[number] = r2
        if store and ((number + 1) % BLOCK == 0 or number + 1 == count):
            store.save(results[: number + 1])
        if done:
            done(number + 1)
    return results


def arithmetic(
    products: Sequence[FloatArray], decoding: Decoding
) -> tuple[Sequence[AnyFloat], Sequence[Sequence[Fold]]]:
    """Matrices and folds in float32 (twice as fast) if R2 agrees with the full run's to 0.001, else in float64."""
    light: list[AnyFloat] = [matrix.astype(np.float32) for matrix in products]
    everyone = np.ones(len(products[0]), dtype=np.int64)
    try:
        rounding = np.abs(replicate_r2(light, decoding.repeats, everyone) - decoding.r2).max()
    except LinAlgError:
        rounding = np.inf
    if rounding <= ROUNDING:
        return light, decoding.repeats
    exact = [[replace(fold, targets=fold.targets.astype(np.float64)) for fold in folds] for folds in decoding.repeats]
    return products, exact


def draw(patients: Sequence[IntArray], seed: int, number: int) -> Counts:
    """Draw how often each row, (N,), is in replicate `number`: P of P patients, with replacement."""
    chosen = np.random.default_rng([seed, 202, number]).integers(0, len(patients), len(patients))
    times = np.bincount(chosen, minlength=len(patients))
    count = np.zeros(sum(len(rows) for rows in patients), dtype=np.int64)
    for rows, drawn in zip(patients, times, strict=True):
        count[rows] = drawn
    return count


def _in_order(one: Callable[[int], FloatArray], numbers: range, workers: int) -> Iterator[FloatArray]:
    if workers == 1:
        yield from map(one, numbers)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        yield from pool.map(one, numbers)
    finally:
        pool.shutdown(cancel_futures=True)

"""Decodes any number of stages of the same studies in one fold split: R2, held-out values, floor and bootstrap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.lens.settings import LensSettings
from backend.science.lens.timing import Stopwatch
from backend.science.trust.bootstrap import ReplicateStore, replicates
from backend.science.trust.change import Pair
from backend.science.trust.decoders.cross_validation import decode
from backend.science.trust.decoders.folds import members, patient_folds
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.permutation_floor import floor_values, permutations, quantile_floor
from backend.science.types import FloatArray, Progress


@dataclass(frozen=True, slots=True)
class Measurement:
    """S stages, K features, B replicates; one fold split, one penalty a fold for all stages."""

    r2: FloatArray  # (S, K)
    decoded: NDArray[np.float32]  # (S, N, K) held-out predictions, normal scores
    replicates: FloatArray  # (B, S, K)
    floor: FloatArray  # (permutations, S, K) R2 of the wrong patients' features
    seconds: dict[str, float]

    def pair(self, before: int, after: int) -> Pair:
        """Two of the stages, compared."""
        both = [before, after]
        return Pair.of(self.r2[both], self.replicates[:, both], quantile_floor(self.floor[:, both]))


def measure(
    products: Sequence[FloatArray],
    r: FloatArray,
    patient_id: Sequence[str],
    settings: LensSettings,
    progress: Progress | None = None,
    store: ReplicateStore | None = None,
) -> Measurement:
    """Decodes radiomics r (N, K) from stages given as kernels (N, N), each (mean diagonal 1), folds by patient.

    `settings.bootstrap` (2 or more), `folds`, `repeats`, `seed` and `threads` (replicates at a time) shape it. The
    answer is the same for any number of threads as long as the linear algebra keeps to one. `progress` hears (step,
    done, total) and may raise to stop; `store` keeps replicates, so that the next run goes on from there.
    """
    say = _teller(progress)
    watch = Stopwatch()
    patients = members(patient_id)
    folds = patient_folds(patient_id, settings.folds, settings.repeats, settings.seed)
    with watch("decode"):
        n_folds = sum(len(np.unique(row)) for row in folds)
        ranks = Ranks.of(r)
        decoding = decode(products, ranks, folds, say("decode the stages", n_folds))
    with watch("control floor"):
        told = say("permute patients", permutations(len(r)))
        floor = floor_values(products, ranks, decoding.repeats[0], patients, settings.seed, told)
    with watch("bootstrap"):
        told = say("bootstrap patients", settings.bootstrap)
        drawn = replicates(
            products, decoding, patients, settings.bootstrap, settings.seed, settings.threads, told, store
        )
    return Measurement(decoding.r2, decoding.decoded, drawn, floor, dict(watch.seconds))


def _teller(progress: Progress | None) -> Callable[[str, int], Callable[[int], None] | None]:
    def of_step(step: str, total: int) -> Callable[[int], None] | None:
        return None if progress is None else lambda done: progress(step, done, total)

    return of_step

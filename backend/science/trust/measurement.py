"""Decoding of any number of stages of the same studies in one fold split: R2, held-out values, floor, bootstrap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.compute.progress import step_counter
from backend.science.lens.settings import LensSettings
from backend.science.lens.timing import Stopwatch
from backend.science.tables.patients import patient_rows
from backend.science.trust.bootstrap import ReplicateStore, replicates
from backend.science.trust.change import StageComparison
from backend.science.trust.decoders.cross_validated_ridge import decode
from backend.science.trust.decoders.folds import patient_folds
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.permutation_floor import permutation_count, permuted_r2, quantile_floor
from backend.science.types import FloatArray, Progress


@dataclass(frozen=True, slots=True)
class Measurement:
    """Numbers of S stages, K features and B replicates; one fold split, one penalty a fold for all stages."""

    r2: FloatArray  # (S, K)
    decoded: NDArray[np.float32]  # (S, N, K) held-out predictions, normal scores
    replicates: FloatArray  # (B, S, K)
    floor: FloatArray  # (permutations, S, K) R2 of the wrong patients' features
    seconds: dict[str, float]

    def compare(self, before: int, after: int) -> StageComparison:
        """Compare two of the stages, given by index."""
        both = [before, after]
        return StageComparison.of(self.r2[both], self.replicates[:, both], quantile_floor(self.floor[:, both]))


def measure(
    products: Sequence[FloatArray],
    r: FloatArray,
    patient_id: Sequence[str],
    settings: LensSettings,
    progress: Progress | None = None,
    store: ReplicateStore | None = None,
) -> Measurement:
    """Decode radiomics r (N, K) from the Gram matrix (N, N) of each stage (mean diagonal 1), with folds by patient.

    Uses `bootstrap` (2 or more), `folds`, `repeats`, `seed` and `threads` (replicates at a time) of the settings. The
    result is the same for any number of threads as long as the linear algebra uses one. `progress` is called as
    (step, done, total) and may raise to stop; `store` keeps replicates, so that the next run goes on from there.
    """
    watch = Stopwatch()
    patients = patient_rows(patient_id)
    folds = patient_folds(patient_id, settings.folds, settings.repeats, settings.seed)
    with watch("decode"):
        n_folds = sum(len(np.unique(row)) for row in folds)
        ranks = Ranks.of(r)
        decoding = decode(products, ranks, folds, step_counter(progress, "decode the stages", n_folds))
    with watch("control floor"):
        report = step_counter(progress, "permute patients", permutation_count(len(r)))
        floor = permuted_r2(products, ranks, decoding.repeats[0], patients, settings.seed, report)
    with watch("bootstrap"):
        report = step_counter(progress, "bootstrap patients", settings.bootstrap)
        drawn = replicates(
            products, decoding, patients, settings.bootstrap, settings.seed, settings.threads, report, store
        )
    return Measurement(decoding.r2, decoding.decoded, drawn, floor, dict(watch.seconds))

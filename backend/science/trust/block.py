"""The trust block: what the embeddings carry of each feature before and after, how sure that is, and what disagrees."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.decoding_scores import grouped
from backend.science.join import Cohort
from backend.science.lens_settings import LensSettings
from backend.science.projection import FIT_THREADS, torch_threads
from backend.science.stopwatch import Stopwatch
from backend.science.trust.bootstrap import ReplicateStore, replicates
from backend.science.trust.decodability import decode
from backend.science.trust.effects import (
    Evidence,
    effect_of,
    interval,
    means_over,
    replicate_effects,
    shared_change,
    weigh,
)
from backend.science.trust.explained import explained_sd
from backend.science.trust.floor import control_floor, permutations
from backend.science.trust.folds import members, patient_folds
from backend.science.trust.rank_normal import Ranks
from backend.science.trust.representation import representation_table
from backend.science.trust.ridge import gram
from backend.science.trust.stability import Stability, rank_stability
from backend.science.trust.swap import Swap, swapped_importance

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Change:
    """R2 of both stages (2, K), their difference with its interval, and the trust effect with its evidence."""

    r2: FloatArray
    low: FloatArray  # of delta R2
    high: FloatArray
    evidence: Evidence

    @property
    def delta_r2(self) -> FloatArray:
        return np.asarray(self.r2[1] - self.r2[0])


@dataclass(frozen=True, slots=True)
class GroupChange:
    """The changes of the groups of one grouping: plain means over their features."""

    grouping: str
    groups: tuple[str, ...]
    change: Change
    selective_delta: FloatArray  # (G,), NaN where b could not be computed
    swap_delta_i: FloatArray  # (G,)
    flags: tuple[dict[str, int], ...]  # how many features of each group carry which flag


@dataclass(frozen=True, slots=True)
class Trust:
    """Everything the trust block found; features in the cohort's order, studies in the cohort's order."""

    features: Change
    groups: tuple[GroupChange, ...]
    b: float  # NaN where it could not be computed
    b_se: float
    control_floor: float
    explained_sd: FloatArray  # (2, K)
    swap: Swap
    stability: Stability
    representation: dict[str, float]
    decoded: NDArray[np.float32]  # (2, N, K) held-out predictions, normal scores
    replicates: NDArray[np.float32]  # (B, 2, K) R2 of every bootstrap replicate
    seconds: dict[str, float]

    @property
    def selective_delta(self) -> FloatArray:
        """(K,) NaN where b could not be computed."""
        return (
            np.full_like(self.features.evidence.effect, np.nan) if np.isnan(self.b) else self.features.evidence.effect
        )

    def summary(self) -> dict[str, object]:
        """The numbers of the block as a whole, for report.json."""
        return {
            "flags": _counted(self.features.evidence.flag),
            "b_se": self.b_se,
            "replicates": len(self.replicates),
            "median_se": float(np.median(self.features.evidence.se)),
        }


def trust_block(
    cohort: Cohort,
    r_minmax: FloatArray,
    z_pre: FloatArray,
    z_ft: FloatArray,
    settings: LensSettings,
    progress: Progress | None = None,
    store: ReplicateStore | None = None,
) -> Trust:
    """Cross-validated effects with cluster-bootstrap errors, and the repairs and checks of the paper block.

    r_minmax: scaled radiomics (N, K), z: projections (N, H) by the paper block's f_share; all in the cohort's order.
    `settings.bootstrap` (2 or more), `folds`, `repeats`, `seed` and `threads` (replicates computed at a time) shape it.
    The answer is the same for any number of threads as long as the linear algebra keeps to one. `progress` hears
    (step, done, total) and may raise to stop; `store` keeps replicates, so that the next run goes on from there.
    """
    say = _teller(progress)
    watch = Stopwatch()
    patients = members(cohort.patient_id)
    folds = patient_folds(cohort.patient_id, settings.folds, settings.repeats, settings.seed)
    products = (gram(cohort.x_pre), gram(cohort.x_ft))
    with watch("decode"):
        n_folds = sum(len(np.unique(row)) for row in folds)
        ranks = Ranks.of(cohort.r)
        decoding = decode(products, ranks, folds, say("decode both stages", n_folds))
    with watch("control floor"):
        n_permutations = permutations(len(cohort.r))
        told = say("permute patients", n_permutations)
        floor = control_floor(products, ranks, decoding.repeats[0], patients, settings.seed, told)
    with watch("bootstrap"):
        told = say("bootstrap patients", settings.bootstrap)
        drawn = replicates(
            products, decoding, patients, settings.bootstrap, settings.seed, settings.threads, told, store
        )
    b = shared_change(decoding.r2)
    effects, shared = replicate_effects(drawn, b)
    features = change_of(decoding.r2, drawn, effect_of(decoding.r2, b), effects, floor)
    with watch("representation"):
        representation = representation_table(cohort.x_pre, cohort.x_ft)
        stability = rank_stability(z_pre, z_ft, r_minmax, patients, settings.seed)
        explained = np.stack([explained_sd(z, cohort.r) for z in (z_pre, z_ft)])
    with watch("swap"), torch_threads(FIT_THREADS):
        modality = [feature.modality for feature in cohort.features]
        swap = swapped_importance(
            cohort.x_pre, cohort.x_ft, r_minmax, modality, patients, settings.projection, settings.seed, progress
        )
    return Trust(
        features=features,
        groups=tuple(_groups(cohort, b, drawn, effects, features, swap, floor)),
        b=b,
        b_se=float("nan") if np.isnan(b) else float(shared.std(ddof=1)),
        control_floor=floor,
        explained_sd=explained,
        swap=swap,
        stability=stability,
        representation=representation,
        decoded=decoding.decoded,
        replicates=drawn.astype(np.float32),
        seconds={f"trust: {step}": seconds for step, seconds in watch.seconds.items()},
    )


def change_of(r2: FloatArray, drawn: FloatArray, effect: FloatArray, effects: FloatArray, floor: float) -> Change:
    """From the full run (2, K) and its replicates (B, 2, K), (B, K) to changes with errors and flags."""
    delta_se = (drawn[:, 1] - drawn[:, 0]).std(axis=0, ddof=1)
    return Change(r2, *interval(r2[1] - r2[0], delta_se), weigh(effect, effects, r2.max(axis=0), floor))


def _groups(
    cohort: Cohort,
    b: float,
    drawn: FloatArray,
    effects: FloatArray,
    features: Change,
    swap: Swap,
    floor: float,
) -> list[GroupChange]:
    """Means of the full run and of every replicate; q within each grouping."""
    by_grouping: dict[str, list[tuple[str, NDArray[np.intp]]]] = {}
    for grouping, group, positions in grouped(cohort.features):
        by_grouping.setdefault(grouping, []).append((group, positions))
    found = []
    for grouping, groups in by_grouping.items():
        at = [positions for _, positions in groups]
        effect = means_over(features.evidence.effect, at)
        change = change_of(means_over(features.r2, at), means_over(drawn, at), effect, means_over(effects, at), floor)
        found.append(
            GroupChange(
                grouping=grouping,
                groups=tuple(group for group, _ in groups),
                change=change,
                selective_delta=np.full_like(effect, np.nan) if np.isnan(b) else effect,
                swap_delta_i=means_over(swap.delta_i, at),
                flags=tuple(_counted(features.evidence.flag[positions]) for positions in at),
            )
        )
    return found


def _counted(flags: NDArray[np.str_]) -> dict[str, int]:
    names, counts = np.unique(flags, return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def _teller(progress: Progress | None) -> Callable[[str, int], Callable[[int], None] | None]:
    def of_step(step: str, total: int) -> Callable[[int], None] | None:
        return None if progress is None else lambda done: progress(step, done, total)

    return of_step

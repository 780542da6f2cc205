"""The trust block: cross-validated decoding of each feature before and after, its errors, and disagreements."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadSettings
from backend.science.compute.threads import torch_threads
from backend.science.lens.projection import FIT_THREADS
from backend.science.lens.settings import LensSettings
from backend.science.lens.timing import Stopwatch
from backend.science.tables.join import Cohort
from backend.science.tables.patients import patient_rows
from backend.science.trust.alternative_decoders import OtherDecoder, other_decoders
from backend.science.trust.bootstrap import ReplicateStore
from backend.science.trust.change import Change, GroupChange, StageComparison, group_changes
from backend.science.trust.decoders.ridge import gram
from backend.science.trust.effect_tests import means_over
from backend.science.trust.explained_sd import explained_sd
from backend.science.trust.measurement import measure
from backend.science.trust.projection_swap import ProjectionSwap, swapped_importance
from backend.science.trust.representation import representation_table
from backend.science.trust.stability import Stability, rank_stability
from backend.science.types import FloatArray, Progress


@dataclass(frozen=True, slots=True)
class Trust:
    """Results of the trust block; features and studies in the cohort's order."""

    comparison: StageComparison
    groups: tuple[GroupChange, ...]
    explained_sd: FloatArray  # (2, K)
    projection_swap: ProjectionSwap
    stability: Stability
    representation: dict[str, float]
    decoded: NDArray[np.float32]  # (2, N, K) held-out predictions, normal scores
    products: tuple[FloatArray, FloatArray]  # (N, N) Gram matrices: any studies can be decoded again
    others: tuple[OtherDecoder, ...]
    seconds: dict[str, float]

    @property
    def features(self) -> Change:
        return self.comparison.features

    @property
    def shared_change(self) -> float:
        """NaN where it could not be computed."""
        return self.comparison.shared_change

    @property
    def permutation_floor(self) -> float:
        return self.comparison.permutation_floor

    @property
    def replicates(self) -> FloatArray:
        """(B, 2, K) R2 of every bootstrap replicate."""
        return self.comparison.replicates

    @property
    def selective_delta(self) -> FloatArray:
        """Selective deltas (K,); NaN where b could not be computed."""
        return self.selective(self.features)

    def selective(self, change: Change) -> FloatArray:
        """The effects of features or groups where they are selective deltas, else NaN."""
        return np.full_like(change.evidence.effect, np.nan) if np.isnan(self.shared_change) else change.evidence.effect

    def projection_swap_delta(self, grouping: GroupChange) -> FloatArray:
        """Mean delta I of the groups, (G,), with the projection fitted on ft."""
        return means_over(self.projection_swap.delta_i, grouping.at)


def trust_block(
    cohort: Cohort,
    r_minmax: FloatArray,
    z_pre: FloatArray,
    z_ft: FloatArray,
    settings: LensSettings,
    progress: Progress | None = None,
    store: ReplicateStore | None = None,
) -> Trust:
    """Compute cross-validated effects with cluster-bootstrap errors (`measure`) and the checks of the paper block.

    r_minmax: scaled radiomics (N, K), z: projections (N, H) by the paper block's f_share; all in the cohort's order.
    """
    if settings.folds > cohort.n_patients:
        raise BadSettings(
            f"folds is {settings.folds}, but there are {cohort.n_patients} patients; use no more folds than patients."
        )
    watch = Stopwatch()
    patients = patient_rows(cohort.patient_id)
    products = (gram(cohort.x_pre), gram(cohort.x_ft))
    measured = measure(products, cohort.r, cohort.patient_id, settings, progress, store)
    comparison = measured.compare(0, 1)
    with watch("other decoders"):
        others = other_decoders(cohort, products, settings, progress)
    with watch("representation"):
        representation = representation_table(cohort.x_pre, cohort.x_ft)
        stability = rank_stability(z_pre, z_ft, r_minmax, patients, settings.seed)
        explained = np.stack([explained_sd(z, cohort.r) for z in (z_pre, z_ft)])
    with watch("swap"), torch_threads(FIT_THREADS):
        modality = [feature.modality for feature in cohort.features]
        projection_swap = swapped_importance(
            cohort.x_pre, cohort.x_ft, r_minmax, modality, patients, settings.projection, settings.seed, progress
        )
    return Trust(
        comparison=comparison,
        groups=tuple(group_changes(cohort.features, comparison)),
        explained_sd=explained,
        projection_swap=projection_swap,
        stability=stability,
        representation=representation,
        decoded=measured.decoded,
        products=products,
        others=others,
        seconds={f"trust: {step}": seconds for step, seconds in (measured.seconds | watch.seconds).items()},
    )

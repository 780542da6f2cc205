"""The trust block: decoding of each feature before and after, its errors, and checks of the paper block."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.errors import BadSettings
from backend.science.compute.concurrent_steps import ConcurrentSteps
from backend.science.compute.progress import step_counter
from backend.science.compute.threads import torch_threads
from backend.science.lens import other_widths
from backend.science.lens.projection import FIT_THREADS
from backend.science.lens.settings import LensSettings
from backend.science.lens.timing import Stopwatch
from backend.science.tables.join import Cohort
from backend.science.tables.patients import patient_rows
from backend.science.trust.alternative_decoders import OtherDecoder, other_decoders
from backend.science.trust.causes import Causes, find_causes
from backend.science.trust.explained_sd import explained_sd
from backend.science.trust.groupings import GroupingChange, grouping_changes
from backend.science.trust.jackknife.changes import Changes
from backend.science.trust.jackknife.decoding_change import STEPS, DecodingChange, decoding_change
from backend.science.trust.jackknife.effects import group_means
from backend.science.trust.projection_swap import ProjectionSwap, swapped_importance
from backend.science.trust.representation import representation_table
from backend.science.trust.stability import Stability, rank_stability
from backend.science.trust.study_context import StudyContext
from backend.science.types import FloatArray, IntArray, Progress


@dataclass(frozen=True, slots=True)
class Trust:
    """Results of the trust block; features and studies in the cohort's order."""

    change: DecodingChange
    groupings: tuple[GroupingChange, ...]
    controls: DecodingChange | None  # runs on shuffled labels
    context: StudyContext
    explained_sd: FloatArray  # (2, K)
    projection_swap: ProjectionSwap
    stability: Stability
    representation: dict[str, float]
    others: tuple[OtherDecoder, ...]
    causes: Causes
    seconds: dict[str, float]

    @property
    def features(self) -> Changes:
        return self.change.features

    @property
    def shared_change(self) -> float:
        """NaN where it could not be computed."""
        return self.change.shared_change

    @property
    def permutation_floor(self) -> float:
        return self.change.evidence.floor

    def projection_swap_delta(self, at: Sequence[IntArray]) -> FloatArray:
        """Mean delta I of groups, (G,), with the projection fitted on ft."""
        return group_means(self.projection_swap.delta_i, at)


def trust_block(
    cohort: Cohort,
    r_minmax: FloatArray,
    z_pre: FloatArray,
    z_ft: FloatArray,
    settings: LensSettings,
    progress: Progress | None = None,
    context: StudyContext | None = None,
) -> Trust:
    """Compute the change of every feature with its error (`decoding_change`) and the checks of the paper block.

    r_minmax: scaled radiomics (N, K), z: projections (N, H) by the paper block's f_share; all in the cohort's order.
    context: further runs, controls, label and covariates of the same studies.
    """
    if settings.folds > cohort.n_patients:
        raise BadSettings(
            f"folds is {settings.folds}, but there are {cohort.n_patients} patients; use no more folds than patients."
        )
    watch = Stopwatch()
    context = context or StudyContext()
    runs = [cohort.x_ft, *context.runs]
    with ConcurrentSteps(settings.threads) as steps:
        change = steps.start(lambda: watch.timed("decode", decode_cohort, cohort, runs, context, settings, progress))
        controls = steps.start(lambda: watch.timed("controls", decode_controls, cohort, context, settings, progress))
        causes = steps.start(lambda: watch.timed("causes", find_causes, cohort, context, settings, progress))
        others = steps.start(lambda: watch.timed("other decoders", other_decoders, cohort, settings, progress))
        swap = steps.start(lambda: watch.timed("swap", _swap, cohort, r_minmax, settings, progress))
        checks = steps.start(lambda: watch.timed("checks", _checks, cohort, r_minmax, (z_pre, z_ft), settings.seed))
        representation, stability, explained = checks.result()
        return Trust(
            change=change.result(),
            groupings=grouping_changes(cohort.features, change.result()),
            controls=controls.result(),
            context=context,
            explained_sd=explained,
            projection_swap=swap.result(),
            stability=stability,
            representation=representation,
            others=others.result(),
            causes=causes.result(),
            seconds={f"trust: {step}": seconds for step, seconds in sorted(watch.seconds.items())},
        )


def _checks(
    cohort: Cohort, r_minmax: FloatArray, z: tuple[FloatArray, FloatArray], seed: int
) -> tuple[dict[str, float], Stability, FloatArray]:
    """Context of the paper block: the representation as a whole, the stability of delta I, explained SD (2, K)."""
    representation = representation_table(cohort.x_pre, cohort.x_ft)
    stability = rank_stability(*z, r_minmax, patient_rows(cohort.patient_id), seed)
    return representation, stability, np.stack([explained_sd(one, cohort.r) for one in z])


def _swap(cohort: Cohort, r_minmax: FloatArray, settings: LensSettings, progress: Progress | None) -> ProjectionSwap:
    if any(alert.code == other_widths.CODE for alert in cohort.alerts):  # where one has no content, weights are chance
        undefined = np.full(len(cohort.features), np.nan)
        return ProjectionSwap(undefined, undefined)
    modality, patients = [feature.modality for feature in cohort.features], patient_rows(cohort.patient_id)
    with torch_threads(FIT_THREADS):
        return swapped_importance(
            cohort.x_pre, cohort.x_ft, r_minmax, modality, patients, settings.projection, settings.seed, progress
        )


def decode_controls(
    cohort: Cohort, context: StudyContext, settings: LensSettings, progress: Progress | None = None
) -> DecodingChange | None:
    """The same of the control runs; None where there are none."""
    if not context.controls:
        return None
    return decode_cohort(
        cohort, context.controls, context, settings, progress, "reading features from the control runs"
    )


def decode_cohort(
    cohort: Cohort,
    runs: Sequence[FloatArray],
    context: StudyContext,
    settings: LensSettings,
    progress: Progress | None = None,
    step: str = "reading features before and after fine-tuning",
) -> DecodingChange:
    """The change of decoding from x_pre to the embeddings (N, d) of one or more runs, in groups modality x class."""
    return decoding_change(
        cohort.x_pre,
        runs,
        cohort.r,
        cohort.patient_id,
        [feature.modality_class for feature in cohort.features],
        label=context.label,
        covariates=context.covariates,
        seed=settings.seed,
        done=step_counter(progress, step, STEPS),
    )

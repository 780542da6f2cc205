"""The paper's experiment on three tables: shared projection, closed-form decoders, importance, shift, R2 and MSE.

Source: "What Fine-Tuning Changes: A Radiomic Lens on Prostate Foundation Model Representations" (MIDL 2026).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.errors import BadSettings
from backend.science import alerts as alert
from backend.science.cases import cases_for_feature
from backend.science.decoder import Decoder, importance, live_units, solve
from backend.science.join import Cohort, join, usable_features
from backend.science.projection import Projection, ProjectionSettings, SweepPoint, best_point, fit_projection, sweep
from backend.science.record import report_record
from backend.science.scores import (
    STAGES,
    Scaling,
    StageScores,
    group_row,
    grouped,
    ranking_frame,
    selected,
    stage_scores,
)
from backend.science.split import TEST, TRAIN, VAL, given_split, split_by_patient
from backend.science.tables import Embeddings, Radiomics

__all__ = ["Analysis", "Decoders", "HeldOut", "LensSettings", "Studies", "analyse", "cases_for_feature"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class LensSettings:
    """Every choice of an analysis; all of them are written into its report.

    `bootstrap`, `folds` and `repeats` are recorded for the trust block, which this version does not compute.
    """

    hidden: int = 128
    epochs: int = 200
    learning_rate: float = 1e-3
    batch_size: int = 64
    l1: float = 1e-6
    l2: float = 1e-5
    standardise_x: str = "pre"
    sweep: bool = False
    bias: bool = False
    per_group_share: bool = False
    theta_on: str = "train"
    intersect: bool = False
    seed: int = 0
    threads: int = 1
    bootstrap: int = 200
    folds: int = 5
    repeats: int = 3
    task: str | None = None
    roi: str | None = None

    def __post_init__(self) -> None:
        least = {"seed": 0, "threads": 1, "bootstrap": 0, "folds": 2, "repeats": 1}
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                raise BadSettings(f"{name} is {getattr(self, name)}; it must be {smallest} or more.")
        if self.theta_on not in ("train", "all"):
            raise BadSettings(f"theta_on is {self.theta_on!r}; use train or all.")
        _ = self.projection

    @property
    def projection(self) -> ProjectionSettings:
        return ProjectionSettings(
            self.hidden, self.epochs, self.learning_rate, self.batch_size, self.l1, self.l2, self.standardise_x
        )


@dataclass(frozen=True, slots=True)
class Decoders:
    """What theta was solved from and what came out: enough to recompute the paper block elsewhere."""

    study_id: tuple[str, ...]
    feature: tuple[str, ...]
    z_pre: FloatArray  # (n, H)
    z_ft: FloatArray  # (n, H)
    r_minmax: FloatArray  # (n, K)
    theta_pre: FloatArray  # (K, H)
    theta_ft: FloatArray  # (K, H)
    intercept_pre: FloatArray  # (K,), zero without bias
    intercept_ft: FloatArray  # (K,)
    projection: Projection


@dataclass(frozen=True, slots=True)
class HeldOut:
    """True and decoded values of the test studies by training decoders, float32 (n_test, K), min-max units."""

    study_id: tuple[str, ...]
    true: NDArray[np.float32]
    decoded_pre: NDArray[np.float32]
    decoded_ft: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Studies:
    """Every study of the analysis, sorted by id: its side of the split, projections and scaled radiomics."""

    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    split: tuple[str, ...]
    z_pre: FloatArray  # (N, H)
    z_ft: FloatArray  # (N, H)
    r_minmax: FloatArray  # (N, K)


@dataclass(frozen=True, slots=True)
class Analysis:
    """The paper block: per-feature ranking, groups (groups.csv), the report, and the arrays behind them."""

    ranking: pd.DataFrame
    groups: pd.DataFrame
    report: dict[str, Any]
    decoders: Decoders
    heldout: HeldOut
    studies: Studies


@dataclass(frozen=True, slots=True)
class _Fit:
    """One frozen f_share and its decoders on training studies, scored."""

    projection: Projection
    z: dict[str, FloatArray]  # all studies
    decoder: dict[str, Decoder]
    scores: dict[str, StageScores]


def analyse(
    pre: Embeddings,
    ft: Embeddings,
    radiomics: Radiomics,
    settings: LensSettings,
    split: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Analysis:
    """Runs the paper block; the same tables and settings give bit-identical numbers whatever the order of rows.

    `split` gives train, val or test by study id or by patient id; without it 7:1:2 by patient from the seed. f_share
    and all scaling use training studies only; held-out scores always come from training decoders. With
    `theta_on="all"` the exported theta and importances are solved on all studies instead.
    Raises BadTable for tables that cannot be analysed, BadSettings for impossible settings.
    """
    clock = _Clock(progress)
    clock.enter("join tables")
    cohort = join(pre, ft, radiomics, settings.intersect)
    sides = _sides(cohort, split, settings.seed)
    cohort = usable_features(cohort, sides == TRAIN)
    scaling = Scaling.fitted(cohort.r[sides == TRAIN])
    r = scaling.minmax(cohort.r)
    with _torch_threads(settings.threads):
        points: tuple[SweepPoint, ...] = ()
        if settings.sweep:
            clock.enter("sweep penalties")
            points = _swept(cohort, r, sides, settings, progress)
            chosen = best_point(points)
            settings = replace(settings, l1=chosen.l1, l2=chosen.l2)
        clock.enter("fit f_share")
        everything = np.arange(len(cohort.features))
        joint = _fit(cohort, r, scaling, sides, everything, settings, progress)
        clock.enter("score groups")
        groups, group_fits = _groups(cohort, r, scaling, sides, settings, joint, progress)
    clock.enter("solve decoders")
    decoders = _decoders(cohort, r, sides, settings, joint)
    i_pre, i_ft = importance(decoders.theta_pre), importance(decoders.theta_ft)
    ranking = ranking_frame(cohort.features, i_pre, i_ft, joint.scores)
    groups = _with_importance(groups, cohort, i_pre, i_ft)
    clock.leave()
    report = report_record(
        settings=settings,
        inputs={"pre": pre, "ft": ft, "radiomics": radiomics},
        cohort=cohort,
        sides=sides,
        split_given=split is not None,
        decoders=decoders,
        solved={stage: solve_again for stage, solve_again in _solved(decoders, settings).items()},
        alerts=_alerts(cohort, r, sides, settings, joint, decoders),
        ranking=ranking,
        groups=groups,
        group_fits=group_fits,
        sweep=points,
        timings=clock.seconds,
    )
    return Analysis(ranking, groups, report, decoders, _heldout(cohort, r, sides, joint), _studies(cohort, r, sides, joint))

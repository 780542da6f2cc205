"""R2 of another decoder beside the ridge, held out by patient in the same way, as a check; flags are the ridge's."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from scipy.stats import spearmanr

from backend.science.compute.progress import step_counter
from backend.science.lens.settings import LensSettings
from backend.science.tables.join import Cohort
from backend.science.trust.decoders.kernel_ridge import gaussian_features
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.jackknife.changes import Changes
from backend.science.trust.jackknife.covariates import covariate_basis
from backend.science.trust.jackknife.effects import shared_change
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.stage_fit import fit_stages
from backend.science.types import FloatArray, Progress

WORDS = {"kernel": "kernel ridge"}


@dataclass(frozen=True, slots=True)
class OtherDecoder:
    """R2 above chance (2, K) of one other decoder, with its seconds."""

    name: str
    r2: FloatArray
    seconds: float

    def record(self, ridge: Changes) -> dict[str, object]:
        """Summarise its R2 beside the ridge's for report.json."""
        delta = self.r2[1] - self.r2[0]
        varies = bool(np.ptp(delta) and np.ptp(ridge.delta_r2))
        return {
            "r2_median_pre": float(np.median(self.r2[0])),
            "r2_median_ft": float(np.median(self.r2[1])),
            "r2_median_ridge_pre": float(np.median(ridge.r2_pre)),
            "r2_median_ridge_ft": float(np.median(ridge.r2_ft)),
            "shared_change": shared_change(self.r2[0], self.r2[1]),
            "delta_r2_spearman": float(spearmanr(delta, ridge.delta_r2).statistic) if varies else float("nan"),
            "seconds": round(self.seconds, 1),
        }


def other_decoders(
    cohort: Cohort, settings: LensSettings, progress: Progress | None = None
) -> tuple[OtherDecoder, ...]:
    """Run every decoder in `settings.decoders` on both stages."""
    found = []
    for name in settings.decoders:
        start, done = perf_counter(), step_counter(progress, f"reading features by {WORDS[name]}", 1)
        patients = PatientRows.of(cohort.patient_id)
        targets = Ranks.of(cohort.r).normal_scores(np.ones(len(cohort.r), dtype=bool))
        stages = [gaussian_features(x) for x in (cohort.x_pre, cohort.x_ft)]
        r2 = fit_stages(stages, targets, covariate_basis((), patients), patients).r2
        found.append(OtherDecoder(name, r2, perf_counter() - start))
        if done:
            done(1)
    return tuple(found)

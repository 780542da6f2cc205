"""R2 of other decoders in the same folds as the ridge, as a check; flags are the ridge's only."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from scipy.stats import spearmanr

from backend.science.compute.progress import step_counter
from backend.science.lens.settings import LensSettings
from backend.science.tables.join import Cohort
from backend.science.tables.patients import patient_rows
from backend.science.trust.change import Change
from backend.science.trust.decoders.cross_validated_ridge import decode
from backend.science.trust.decoders.elastic_net import elastic_net_r2
from backend.science.trust.decoders.folds import patient_folds
from backend.science.trust.decoders.kernel_ridge import gaussian
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.effect_tests import shared_change
from backend.science.types import FloatArray, Progress

WORDS = {"kernel": "kernel ridge", "elastic_net": "elastic net"}


@dataclass(frozen=True, slots=True)
class OtherDecoder:
    """R2 (2, K) of one other decoder, with its fold repeats and seconds."""

    name: str
    r2: FloatArray
    repeats: int
    seconds: float

    def record(self, ridge: Change) -> dict[str, object]:
        """Summarise its R2 beside the ridge's for report.json."""
        delta = self.r2[1] - self.r2[0]
        varies = bool(np.ptp(delta) and np.ptp(ridge.delta_r2))
        return {
            "r2_median_pre": float(np.median(self.r2[0])),
            "r2_median_ft": float(np.median(self.r2[1])),
            "r2_median_ridge_pre": float(np.median(ridge.r2[0])),
            "r2_median_ridge_ft": float(np.median(ridge.r2[1])),
            "shared_change": shared_change(self.r2),
            "delta_r2_spearman": float(spearmanr(delta, ridge.delta_r2).statistic) if varies else float("nan"),
            "repeats": self.repeats,
            "seconds": round(self.seconds, 1),
        }


def other_decoders(
    cohort: Cohort, products: Sequence[FloatArray], settings: LensSettings, progress: Progress | None = None
) -> tuple[OtherDecoder, ...]:
    """Run every decoder in `settings.decoders`; kernel ridge uses all repeats of the folds, elastic net the first."""
    if not settings.decoders:
        return ()
    ranks = Ranks.of(cohort.r)
    folds = patient_folds(cohort.patient_id, settings.folds, settings.repeats, settings.seed)
    found = []
    for name in settings.decoders:
        start, step = perf_counter(), f"decode by {WORDS[name]}"
        if name == "kernel":
            report = step_counter(progress, step, sum(len(np.unique(row)) for row in folds))
            r2 = decode([gaussian(one) for one in products], ranks, folds, report).r2
        else:
            report = step_counter(progress, step, len(np.unique(folds[0])))
            r2 = elastic_net_r2((cohort.x_pre, cohort.x_ft), ranks, folds[0], patient_rows(cohort.patient_id), report)
        repeats = len(folds) if name == "kernel" else 1
        found.append(OtherDecoder(name, r2, repeats, perf_counter() - start))
    return tuple(found)

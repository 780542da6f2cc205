"""Power of a study: simulated cohorts of its size, embedding width and signal level with planted changes."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from backend.errors import BadSettings
from backend.science.power.scores import Outcome, summary
from backend.science.power.simulation import TRUST, OutcomeStore, adapt, self_check, simulate
from backend.science.synthetic.worlds.scenarios import SCENARIOS
from backend.science.synthetic.worlds.traits import Traits
from backend.science.synthetic.worlds.world import USUAL_MODALITIES, World
from backend.science.tables.join import MIN_PATIENTS
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.jackknife.covariates import covariate_basis
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.stage_fit import fit_stages
from backend.science.types import Progress

LEAST_SIGNAL = 0.005
FEWEST, MOST = 18, 837
MOST_PATIENTS = 2000
"""Larger studies find what is planted here; their own size would cost minutes a cohort."""
NOISE_RANGE = (0.02, 6.0)
STEPS = 7


@dataclass(frozen=True, slots=True)
class StudySize:
    """Size of a study: patients, share with a second study, width, features of each modality, a known label."""

    patients: int
    width: int
    features: int
    repeated: float = 0.0
    signal: float | None = None  # median R2 above chance before fine-tuning; None = the worlds' own
    label: bool = False
    modalities: int = USUAL_MODALITIES

    @classmethod
    def like(
        cls,
        n: int,
        p: int,
        k: int,
        d: int,
        r2_pre: list[float],
        label: bool = False,
        modalities: int = USUAL_MODALITIES,
    ) -> "StudySize":
        """Return the size of an analysis: N studies, P patients, K features, d dimensions, its features' R2 before."""
        known = [value for value in r2_pre if np.isfinite(value)]
        if not known:
            raise BadSettings("This analysis has no held-out R² to match; run it with its trust block.")
        return cls(
            patients=int(np.clip(p, MIN_PATIENTS, MOST_PATIENTS)),
            width=d,
            features=int(np.clip(-(-k // modalities), FEWEST, MOST)),
            repeated=float(np.clip((n - p) / p, 0.0, 1.0)),
            signal=max(float(np.median(known)), LEAST_SIGNAL),
            label=label,
            modalities=modalities,
        )

    @property
    def all_features(self) -> int:
        """Features of all modalities together."""
        return self.modalities * self.features

    @property
    def key_parts(self) -> dict[str, object]:
        """What of it is part of a key; the number of modalities only where it is not the usual one."""
        parts = asdict(self)
        return parts if self.modalities != USUAL_MODALITIES else {k: v for k, v in parts.items() if k != "modalities"}


@dataclass(frozen=True, slots=True)
class StudyPower:
    """Outcomes of every simulated cohort, their means, and a summary sentence."""

    outcomes: list[Outcome]
    means: pd.DataFrame
    r2_median: float
    noise: float
    sentence: str


def study_power(
    size: StudySize,
    seeds: int,
    scenarios: tuple[str, ...] = ("planted_all", "null_all"),
    hidden: int = 128,
    progress: Progress | None = None,
    store: OutcomeStore | None = None,
) -> StudyPower:
    """Match the simulated noise to the study's signal, plant changes, and measure which are found."""
    noise = Traits().noise if size.signal is None else matching_noise(size)
    outcomes = self_check(
        size.patients,
        size.width,
        size.features,
        seeds,
        scenarios,
        size.repeated,
        noise,
        size.label,
        hidden,
        progress,
        store,
        size.modalities,
    )
    means = summary(outcomes)
    return StudyPower(outcomes, means, median_r2(size, noise), noise, power_sentence(means, size.patients))


def matching_noise(size: StudySize) -> float:
    """The embedding noise at which the median feature is decoded as in the study, by bisection on its logarithm.

    Where no noise in the range reaches it, the nearest end of the range is used.
    """
    low, high = np.log(NOISE_RANGE)
    for _ in range(STEPS):
        middle = (low + high) / 2
        if median_r2(size, float(np.exp(middle))) > (size.signal or 0.0):
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))


def median_r2(size: StudySize, noise: float) -> float:
    """Median R2 above chance before fine-tuning in one simulated cohort (18 features a modality are enough)."""
    scenario = adapt(SCENARIOS["null_identical"], size.repeated, noise)
    world = World.of(scenario.traits, scenario.change, FEWEST, size.width, 0, size.modalities)
    cohort = simulate(scenario, world, size.patients, 0)
    patients = PatientRows.of(cohort.patient_id)
    targets = Ranks.of(cohort.radiomics).normal_scores(np.ones(len(cohort.pre), dtype=bool))
    return float(np.median(fit_stages([cohort.pre], targets, covariate_basis((), patients), patients).r2[0]))


def power_sentence(means: pd.DataFrame, patients: int) -> str:
    """What such a study finds of planted changes, and what it imagines.

    A statement about misses: what is flagged keeps its false discovery rate whatever the power.
    """
    trust = means[means["estimator"] == TRUST]
    rows = trust[trust["power"].notna()]
    if rows.empty:
        return "Nothing was planted in these scenarios, so there is no power to state."
    features, groups = float(rows["power"].min()), float(rows["group_power"].min())
    return (
        f"With {patients} patients and this signal, {100 * groups:.0f} % of changed groups are found in simulated "
        f"cohorts, and {100 * features:.0f} % of their features. What is not flagged may still have changed."
    )

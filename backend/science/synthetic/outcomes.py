"""Patients of a synthetic cohort of other organs: classes by quota, a split, a centre, and survival by risk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.errors import BadSettings
from backend.science.synthetic.plan import quota, split_by_class

CENTERS = {"A": 0.6, "B": 0.4}
SHAPE = 1.3
"""Of the Weibull distribution: the hazard rises slowly."""
FOLLOW_UP = (400.0, 2600.0)
"""Days after which a patient who lives is lost to follow-up, drawn evenly."""


@dataclass(frozen=True)
class Subject:
    """One patient with one study; `number` seeds every draw."""

    number: int
    kind: int
    center: str
    split: str


def subjects(cases: int, seed: int, shares: Sequence[float]) -> list[Subject]:
    """As many patients, of the kinds 0, 1, ... by their shares; every kind is spread over the split."""
    if cases < 1:
        raise BadSettings("A cohort needs at least one case.")
    rng = np.random.default_rng([seed, 0])
    kinds = quota(dict(enumerate(shares)), cases, rng)
    centers = quota(CENTERS, cases, rng)
    splits = split_by_class([kind + 2 for kind in kinds], rng)
    return [Subject(n, *each) for n, each in enumerate(zip(kinds, centers, splits, strict=True))]


def survival(risk: float, median_days: float, rng: np.random.Generator) -> tuple[int, int]:
    """Days, and whether the patient died: a hazard of exp(risk) times that of the median patient, then censored."""
    scale = median_days / np.log(2.0) ** (1.0 / SHAPE)
    dies = scale * (-np.log(rng.uniform(1e-6, 1.0)) * np.exp(-risk)) ** (1.0 / SHAPE)
    lost = rng.uniform(*FOLLOW_UP)
    return max(1, round(float(min(dies, lost)))), int(dies <= lost)

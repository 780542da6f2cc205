"""Bootstrap intervals of scores: patients are drawn with replacement, so repeated studies do not count as new."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.science.tables.confidence import LEVEL
from backend.science.tables.patients import patient_rows
from backend.science.training.metrics import Scores

DRAWS = 1000
Interval = tuple[float, float]


def drawn(studies: Sequence[NDArray[np.int64]], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw as many patients as there are, with replacement: the rows of all studies of each."""
    return np.concatenate([studies[index] for index in rng.integers(len(studies), size=len(studies))])


def patient_intervals(
    score: Callable[[NDArray[np.int64]], Scores], patients: Sequence[str], seed: int, draws: int = DRAWS
) -> dict[str, Interval | None]:
    """Compute 95 % percentile intervals of every score of `score(positions)`, by bootstrap of patients.

    None where fewer than three quarters of the draws define a score (one class only, no lesion), or where there are
    fewer than two patients: such an interval would describe only the draws that define the score.
    """
    names = list(score(np.arange(len(patients))))
    studies = patient_rows(patients)
    if len(studies) < 2:
        return dict.fromkeys(names)
    rng = np.random.default_rng(seed)
    found: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(draws):
        for name, value in score(drawn(studies, rng)).items():
            if value is not None:
                found[name].append(value)
    return {name: interval(np.array(values), draws) for name, values in found.items()}


def interval(values: NDArray[np.float64], draws: int) -> Interval | None:
    """Return the middle 95 % of the draws that defined a score; None with fewer than 75 % of them."""
    if len(values) < 0.75 * draws:
        return None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)

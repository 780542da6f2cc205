"""Power simulation: changes planted in simulated cohorts, and how well each estimator finds them.

Every estimator answers on the same tables: the trust effect with its flags, the paper's delta I, the difference of
held-out R2 of one split, and a paired t-test of squared errors over held-out patients (not valid: patients share the
decoder, so it finds changes where there are none).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, ttest_rel

from backend.errors import BadSettings
from backend.science.analysis.analyse import Analysis, analyse
from backend.science.lens.settings import LensSettings
from backend.science.synthetic.tables import EMBEDDING_NOISE, SCENARIOS, SyntheticTables, Truth, synth_tables
from backend.science.tables.feature_names import parse
from backend.science.tables.join import MIN_PATIENTS
from backend.science.tables.types import Embeddings, Radiomics
from backend.science.training.metrics import area_under_curve
from backend.science.trust.thresholds import FALSE_DISCOVERY
from backend.science.types import FloatArray, Progress

SIGNS = {"stronger": 1, "weaker": -1}
TRUST, IMPORTANCE, ONE_SPLIT, T_TEST = "trust effect", "ΔI", "ΔR² of one split", "paired t-test"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Scores of one estimator on one simulated cohort; None where scenario or estimator does not define one."""

    scenario: str
    seed: int
    estimator: str
    auc: float | None  # planted features against the others by the signed effect, mean of both directions
    precision_at_k: float | None  # of the k largest effects, k the number planted: planted in that direction
    group_auc: float | None  # the same as auc for modality x class groups
    false_positives: float | None  # of the unchanged features: flagged
    power: float | None  # of the planted ones: flagged in the right direction
    false_share: float | None  # of the flagged ones: not planted, or in the other direction
    group_power: float | None = None  # of the planted modality x class groups: flagged in the right direction


class OutcomeStore(Protocol):
    """Store of finished cohorts' outcomes, so that a stopped self-check continues with the next cohort."""

    def load(self) -> list[Outcome]:
        """Return the outcomes stored by an earlier attempt at the same request."""

    def save(self, outcomes: Sequence[Outcome]) -> None:
        """Store all outcomes so far; called after every cohort."""


def self_check(
    n_patients: int,
    d: int,
    k_per_modality: int,
    seeds: int,
    settings: LensSettings,
    scenarios: tuple[str, ...] = ("planted_all", "null_all"),
    repeated: float = 0.0,
    noise: float = EMBEDDING_NOISE,
    progress: Progress | None = None,
    store: OutcomeStore | None = None,
) -> list[Outcome]:
    """Outcomes of every estimator, scenario and seed (0, 1, ...); `summary` gives their means.

    Cohorts whose outcomes `store` holds are not simulated again.

    Raises BadSettings for fewer than 20 patients, no seed, an unknown scenario, or settings without the trust block.
    """
    if n_patients < MIN_PATIENTS or seeds < 1 or not settings.trust or not set(scenarios) <= set(SCENARIOS):
        raise BadSettings(
            f"A self-check needs {MIN_PATIENTS} patients, one seed, the trust block, and scenarios out of "
            f"{', '.join(SCENARIOS)}."
        )
    outcomes = store.load() if store else []
    known = {(outcome.scenario, outcome.seed) for outcome in outcomes}
    runs = [(scenario, seed) for scenario in scenarios for seed in range(seeds)]
    for number, (scenario, seed) in enumerate(runs):
        if (scenario, seed) in known:
            continue
        planted = synth_tables(n_patients, k_per_modality, d, seed, scenario, repeated, noise)
        analysis = analyse(*lens_tables(planted), settings, progress=_quiet(progress, number, len(runs)))
        outcomes += judged(analysis, planted.truth)
        if store:
            store.save(outcomes)
    return outcomes


def _quiet(progress: Progress | None, number: int, count: int) -> Progress | None:
    """Progress over all cohorts; the callback may raise to stop."""
    if progress is None:
        return None

    def report(step: str, done: int, total: int) -> None:
        if step == "decode the stages":
            progress("simulated cohorts", 100 * number + 100 * done // total, 100 * count)

    return report


def lens_tables(planted: SyntheticTables) -> tuple[Embeddings, Embeddings, Radiomics]:
    """Convert simulated tables to the types of the lens."""
    studies, patients = _ids(planted.radiomics)
    radiomics = Radiomics(
        study_id=studies,
        patient_id=patients,
        values=planted.radiomics.iloc[:, 2:].to_numpy(float),
        name="radiomics",
        features=tuple(parse(column) for column in planted.radiomics.columns[2:]),
    )
    return _embeddings(planted.pre, "pre"), _embeddings(planted.ft, "ft"), radiomics


def judged(analysis: Analysis, truth: Truth) -> Iterator[Outcome]:
    """Score every estimator on one analysis with a trust block."""
    ranking = analysis.ranking.set_index("feature").loc[list(analysis.decoders.feature)].reset_index()
    planted = np.array([SIGNS.get(truth.change(feature), 0) for feature in ranking["feature"]])
    groups = analysis.groups[analysis.groups["grouping"] == "modality_class"]
    in_group = [
        np.flatnonzero(ranking["modality"] + "_" + ranking["feature_class"] == name) for name in groups["group"]
    ]
    of_group = np.array([SIGNS.get(truth.groups[name], 0) for name in groups["group"]])
    statistic, p = _paired_t_test(analysis)
    flagged = np.where(false_discovery_control(p) <= FALSE_DISCOVERY, np.sign(statistic), 0)
    trust_flags: NDArray[np.int64] = np.array([SIGNS.get(flag, 0) for flag in ranking["flag"]], dtype=np.int64)
    answers: list[tuple[str, FloatArray, NDArray[np.int64] | None]] = [
        (TRUST, ranking["effect"].to_numpy(float), trust_flags),
        (IMPORTANCE, ranking["delta_i"].to_numpy(float), None),
        (ONE_SPLIT, (ranking["paper_r2_ft"] - ranking["paper_r2_pre"]).to_numpy(float), None),
        (T_TEST, statistic, flagged.astype(np.int64)),
    ]
    group_flags = np.array([SIGNS.get(flag, 0) for flag in groups["flag"]], dtype=np.int64)
    group_power = _flag_shares(group_flags, of_group)[1]
    for name, effect, flags in answers:
        means = np.array([effect[at].mean() for at in in_group])
        yield Outcome(
            truth.scenario,
            truth.seed,
            name,
            _auc(effect, planted),
            _precision(effect, planted),
            _auc(means, of_group),
            *(_flag_shares(flags, planted) if flags is not None else (None, None, None)),
            group_power if name == TRUST else None,
        )


def summary(outcomes: list[Outcome]) -> pd.DataFrame:
    """Means over seeds, one row per scenario and estimator, in their order."""
    frame = pd.DataFrame([{field.name: getattr(one, field.name) for field in fields(Outcome)} for one in outcomes])
    numbers = [field.name for field in fields(Outcome)[3:]]
    frame[numbers] = frame[numbers].astype(float)
    means = frame.groupby(["scenario", "estimator"], sort=False)[numbers].mean()
    return means.assign(seeds=frame.groupby(["scenario", "estimator"], sort=False)["seed"].nunique()).reset_index()


def _auc(effect: FloatArray, planted: NDArray[np.int64]) -> float | None:
    areas = []
    for sign in (1, -1):
        among = (planted == sign) | (planted == 0)
        area = area_under_curve(sign * effect[among], planted[among] == sign)
        if area is not None:
            areas.append(area)
    return float(np.mean(areas)) if areas else None


def _precision(effect: FloatArray, planted: NDArray[np.int64]) -> float | None:
    count = int((planted != 0).sum())
    top = np.argsort(-np.abs(effect), kind="stable")[:count]
    return float((np.sign(effect[top]) == planted[top]).mean()) if count else None


def _flag_shares(
    flags: NDArray[np.int64], planted: NDArray[np.int64]
) -> tuple[float | None, float | None, float | None]:
    """False positives, power, false share."""
    right, untouched = (flags == planted) & (planted != 0), planted == 0
    found = int((flags != 0).sum())
    return (
        float((flags[untouched] != 0).mean()) if untouched.any() else None,
        float(right[~untouched].mean()) if (~untouched).any() else None,
        1.0 - float(right.sum()) / found if found else None,
    )


def _paired_t_test(analysis: Analysis) -> tuple[FloatArray, FloatArray]:
    """Paired t statistic and p of squared errors over held-out studies; positive where decoded better after."""
    heldout = analysis.heldout
    before, after = (np.square(decoded - heldout.true) for decoded in (heldout.decoded_pre, heldout.decoded_ft))
    if np.array_equal(before, after):
        return np.zeros(before.shape[1]), np.ones(before.shape[1])
    found = ttest_rel(before.astype(float), after.astype(float))
    return np.asarray(found.statistic), np.nan_to_num(found.pvalue, nan=1.0)  # NaN where the errors are equal


def _embeddings(table: pd.DataFrame, name: str) -> Embeddings:
    values = table.iloc[:, 2:].to_numpy(float)
    studies, patients = _ids(table)
    dimensions = tuple(range(values.shape[1]))
    return Embeddings(study_id=studies, patient_id=patients, values=values, name=name, dimensions=dimensions)


def _ids(table: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(table["study_id"].astype(str)), tuple(table["patient_id"].astype(str))

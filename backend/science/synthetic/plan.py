"""Plan of a synthetic cohort: patients, studies, PI-RADS, centres and split, made before anything is drawn."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from backend.errors import BadSettings
from backend.science.synthetic.library import RealPatient, read_library

Value = TypeVar("Value", int, str)
CLASSES = {2: 0.25, 3: 0.20, 4: 0.30, 5: 0.25}  # PI-RADS; 2 stands for 1 and 2
CENTERS = {"RUMC": 0.4, "ZGT": 0.32, "PCNN": 0.28}
TENTHS = ("train", "test", "train", "train", "val", "train", "train", "test", "train", "train")


@dataclass(frozen=True)
class Patient:
    """One patient of the plan: `number` seeds all draws of the patient, `studies` are the study ids."""

    number: int
    patient_id: str
    studies: tuple[str, ...]
    pirads: int
    center: str
    age: int
    split: str
    real: RealPatient | None = None


def plan_drawn(cases: int, seed: int) -> list[Patient]:
    """Plan a procedural cohort of `cases` studies: PI-RADS by quota, about 15 % of patients with two studies."""
    if cases < 1:
        raise BadSettings("A cohort needs at least one case.")
    rng = np.random.default_rng([seed, 0])
    n = max(1, -(-cases * 100 // 115))
    twice = set(rng.permutation(n)[: cases - n].tolist())
    pirads = [1 if grade == 2 and rng.random() < 0.4 else grade for grade in quota(CLASSES, n, rng)]
    centers = quota(CENTERS, n, rng)
    ages = np.clip(rng.normal(66, 7, n), 44, 84).round().astype(int).tolist()
    splits = split_by_class(pirads, rng)
    patients, study = [], 9_000_001
    for i in range(n):
        studies = tuple(str(study + visit) for visit in range(2 if i in twice else 1))
        study += len(studies)
        patients.append(Patient(i, str(90_001 + i), studies, pirads[i], centers[i], ages[i], splits[i]))
    return patients


def plan_real(cases: int, seed: int, anatomy: Path) -> list[Patient]:
    """Plan a cohort of an anatomy library: PI-RADS <3, 3, 4, 5 in turn until used up, sorted by id."""
    library = read_library(anatomy)
    if not 1 <= cases <= len(library):
        raise BadSettings(f"The anatomy library has {len(library)} patients; ask for 1 to {len(library)} cases.")
    rng = np.random.default_rng([seed, 0])
    classes: dict[int, list[int]] = {}
    for number in rng.permutation(len(library)).tolist():
        classes.setdefault(max(library[number].pirads, 2), []).append(number)
    chosen: list[int] = []
    while len(chosen) < cases:
        chosen += [classes[grade].pop() for grade in sorted(classes) if classes[grade]][: cases - len(chosen)]
    chosen.sort()
    splits = split_by_class([library[number].pirads for number in chosen], rng)
    return [_real(number, library[number], split) for number, split in zip(chosen, splits, strict=True)]


def _real(number: int, real: RealPatient, split: str) -> Patient:
    return Patient(number, real.patient_id, (real.study_id,), real.pirads, real.center, real.age, split, real)


def quota(shares: dict[Value, float], n: int, rng: np.random.Generator) -> list[Value]:
    """`n` values in random order, each as often as its share (largest remainders first)."""
    exact = {value: share * n for value, share in shares.items()}
    counts = {value: int(wanted) for value, wanted in exact.items()}
    by_rest = sorted(shares, key=lambda value: counts[value] - exact[value])
    for value in by_rest[: n - sum(counts.values())]:
        counts[value] += 1
    values = [value for value, count in counts.items() for _ in range(count)]
    return [values[i] for i in rng.permutation(n).tolist()]


def split_by_class(pirads: list[int], rng: np.random.Generator) -> list[str]:
    """Split of each patient (train, val, test): 7:1:2 over the cohort, and as near as possible per PI-RADS class."""
    order = sorted(rng.permutation(len(pirads)).tolist(), key=lambda i: max(pirads[i], 2))
    names = [""] * len(pirads)
    for rank, i in enumerate(order):
        names[i] = TENTHS[rank % 10]
    return names

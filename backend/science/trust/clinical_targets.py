"""Columns of a clinical table in place of radiomic features: PSA, age, centre, scanner.

It says how well the embedding tells them before and after fine-tuning. It is also a test for shortcuts: a centre that
is read better after fine-tuning may have helped the task. Every column is one group of targets: a number is one target,
classes are one target each (one-hot).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.tables.study_columns import MISSING
from backend.science.text_format import named, number
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.jackknife.decoding_change import decoding_change
from backend.science.trust.thresholds import MARGIN
from backend.science.types import FloatArray, IntArray

FEWEST_PATIENTS = 20
FEWEST_A_LEVEL = 5
"""Patients of a class that is a target of its own; rarer classes are pooled, or left out."""
OTHER = "other"


@dataclass(frozen=True, slots=True)
class ClinicalTarget:
    """One column as targets: the rows that have a value, and the targets of these rows."""

    name: str
    rows: IntArray  # (m,) of the table
    values: FloatArray  # (m, L)
    levels: tuple[str, ...]  # (L,) classes, or () for a number
    missing: int  # studies without a value
    notes: tuple[str, ...]  # sentences: what was pooled or left out


@dataclass(frozen=True, slots=True)
class ClinicalChange:
    """How well one column is read before and after fine-tuning; R2 above chance, the mean over classes."""

    name: str
    levels: tuple[str, ...]
    n_studies: int
    n_patients: int
    missing: int
    r2_pre: float
    r2_ft: float  # mean over runs
    change: float
    low: float  # 95 % interval of the change
    high: float
    decodable: bool  # above the permutation floor in one stage
    reading: str  # better, worse, same or not_read
    notes: tuple[str, ...]

    def sentence(self) -> str:
        """The row in words, as in: center is read better after fine-tuning: R² 0.10 → 0.35 (change 0.12 to 0.38)."""
        words = {
            "better": "is read better after fine-tuning",
            "worse": "is read worse after fine-tuning",
            "same": "is read as before, as far as this cohort shows",
            "not_read": "is read neither before nor after fine-tuning",
        }
        values = f"R² {number(self.r2_pre)} → {number(self.r2_ft)}"
        return f"{self.name} {words[self.reading]}: {values} (change {number(self.low)} to {number(self.high)})."


@dataclass(frozen=True, slots=True)
class ClinicalTable:
    """One row a column, and the columns that could not be used, each as a sentence."""

    rows: tuple[ClinicalChange, ...]
    left_out: tuple[str, ...]


def clinical_target(column: Covariate, patient_id: Sequence[str]) -> ClinicalTarget | str:
    """Build the targets of a column; a sentence where the column cannot be one.

    Numbers (NaN is missing) stay as they are. Texts are classes; blank, NA and NaN are missing. A class of fewer than 5
    patients is pooled with the other rare ones, or its studies are left out where these are fewer than 5 patients, too.
    """
    ids = np.asarray(patient_id, dtype=str)
    if np.issubdtype(column.values.dtype, np.number):
        values = np.asarray(column.values, dtype=np.float64)
        rows = np.flatnonzero(np.isfinite(values))
        target = ClinicalTarget(column.name, rows, values[rows, None], (), len(values) - len(rows), ())
    else:
        target = _classes(column.name, np.asarray(column.values, dtype=str), ids)
    patients = len(np.unique(ids[target.rows]))
    if patients < FEWEST_PATIENTS:
        return f"{column.name} has values of {patients} patients and is left out; {FEWEST_PATIENTS} are needed."
    if target.values.shape[1] == 0 or bool((target.values == target.values[:1]).all()):
        return f"{column.name} has one value only and is left out."
    return target


def clinical_change(
    x_pre: FloatArray,
    x_ft: Sequence[FloatArray],
    columns: Sequence[Covariate],
    patient_id: Sequence[str],
    *,
    covariates: Sequence[Covariate] = (),
    seed: int = 0,
) -> ClinicalTable:
    """Compare how well every column is decoded before and after fine-tuning, each on the studies that have a value.

    x_pre, x_ft, patient_id, covariates, seed: as in `decoding_change`. The shared change of features is not taken off:
    a column is compared with itself.
    """
    found, left_out = list[ClinicalChange](), list[str]()
    for column in columns:
        target = clinical_target(column, patient_id)
        if isinstance(target, str):
            left_out.append(target)
        else:
            found.append(_change(x_pre, x_ft, target, patient_id, covariates, seed))
    return ClinicalTable(tuple(found), tuple(left_out))


def _change(
    x_pre: FloatArray,
    x_ft: Sequence[FloatArray],
    target: ClinicalTarget,
    patient_id: Sequence[str],
    covariates: Sequence[Covariate],
    seed: int,
) -> ClinicalChange:
    own = [patient_id[row] for row in target.rows]
    change = decoding_change(
        x_pre[target.rows],
        [x[target.rows] for x in x_ft],
        target.values,
        own,
        [target.name] * target.values.shape[1],
        covariates=[one.of_rows(target.rows) for one in covariates],
        seed=seed,
    )
    group = change.groups
    low, high = (float(end[0]) for end in group.delta_r2_interval)
    delta, decodable = float(group.delta_r2[0]), bool(group.decodable[0])
    return ClinicalChange(
        name=target.name,
        levels=target.levels,
        n_studies=len(own),
        n_patients=len(set(own)),
        missing=target.missing,
        r2_pre=float(group.r2_pre[0]),
        r2_ft=float(group.r2_ft[0]),
        change=delta,
        low=low,
        high=high,
        decodable=decodable,
        reading=_reading(delta, low, high, decodable),
        notes=(*target.notes, *change.dropped_covariates),
    )


def _reading(change: float, low: float, high: float, decodable: bool) -> str:
    if not decodable:
        return "not_read"
    if abs(change) <= MARGIN or low <= 0 <= high:
        return "same"
    return "better" if change > 0 else "worse"


def _classes(name: str, values: NDArray[np.str_], ids: NDArray[np.str_]) -> ClinicalTarget:
    words = np.array([value.strip() for value in values.tolist()], dtype=str)
    present = np.array([word.lower() not in MISSING for word in words.tolist()], dtype=bool)
    rare = [
        level for level in np.unique(words[present]).tolist() if len(np.unique(ids[words == level])) < FEWEST_A_LEVEL
    ]
    of_rare = present & np.isin(words, rare)
    notes = list[str]()
    if rare and len(np.unique(ids[of_rare])) >= FEWEST_A_LEVEL:
        words = np.where(of_rare, OTHER, words)
        notes.append(f"{name}: the rare classes {named(rare)} are pooled as {OTHER}.")
    elif rare:
        present &= ~of_rare
        notes.append(f"{name}: the rare classes {named(rare)} ({of_rare.sum()} studies) are left out.")
    rows = np.flatnonzero(present)
    levels = tuple(np.unique(words[rows]).tolist())
    shown = levels[1:] if len(levels) == 2 else levels  # of two classes each says what the other does
    targets = (words[rows][:, None] == np.array(shown, dtype=str)[None, :]).astype(np.float64)
    missing = len(words) - int(present.sum()) - (int(of_rare.sum()) if not present[of_rare].any() else 0)
    return ClinicalTarget(name, rows, targets, shown if len(levels) > 1 else (), missing, tuple(notes))

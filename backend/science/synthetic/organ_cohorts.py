"""Cohorts of other organs on disk, identical byte for byte for the same seed: brains, chests, and made-up organs.

Brains: BIDS; IDH, grade, age, os_days and death. Chests: a manifest; malignant, age, os_days and death. Made-up organs:
a manifest and the columns of the protocol's targets. Half of the patients have the first class. Survival is shorter the
higher the grade, the larger the tumour and the older the patient.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.science.synthetic import brain, chest
from backend.science.synthetic.anatomy import Field, Size, Triple
from backend.science.synthetic.made_up import Organ, draw_study
from backend.science.synthetic.outcomes import Subject, subjects, survival
from backend.science.synthetic.solids import field, space
from backend.science.synthetic.study_files import (
    Row,
    new_folder,
    patient_id,
    write_bids,
    write_listed,
    write_participants,
    write_table,
)

Progress = Callable[[int, int, str], None]
SMALLEST_MM = 56.0
"""Field, along each axis, that holds the largest tumour or nodule."""
ENDINGS = {"T1ce": "ce-gd_T1w", "FLAIR": "FLAIR", "T1": "T1w", "T2": "T2w"}


@dataclass(frozen=True)
class Outcome:
    """A clinical column of a made-up organ: classes, a number, or the time and event of a survival."""

    kind: str
    columns: tuple[str, ...]
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What every cohort is asked: how many, from which seed, on which grid."""

    cases: int
    seed: int = 0
    spacing: Triple | None = None
    size: Size | None = None
    progress: Progress | None = None

    def grid(self, spacing: Triple, size: Size, smallest: float = 0.0) -> Field:
        """The grid asked for, or the usual one. Raises BadSettings."""
        return field(self.spacing or spacing, self.size or size, smallest)

    def tell(self, done: int) -> None:
        """Says that a study is written."""
        if self.progress:
            self.progress(done, self.cases, patient_id(done - 1))


def write_brains(directory: Path, asked: Asked) -> list[Row]:
    """Write gliomas in BIDS; gives the rows of participants.tsv, with ids."""
    grid = asked.grid(brain.SPACING, brain.SIZE, SMALLEST_MM)
    people = subjects(asked.cases, asked.seed, (0.55, 0.45))
    new_folder(directory)
    rows: list[Row] = []
    for one in people:
        own, fate = _generators(asked.seed, one)
        glioma = brain.draw_glioma(bool(one.kind), own)
        where = space(grid)
        drawn = brain.draw_brain(where, glioma, own)
        images = {ENDINGS[name]: image for name, image in drawn.images.items()}
        write_bids(directory, one.number, grid, images, {"tumor": drawn.tumor})
        ml = float(drawn.tumor.sum()) * where.voxel_ml
        age = round(float(np.clip(fate.normal(42.0 if glioma.mutant else 60.0, 10.0), 19.0, 84.0)))
        risk = 0.9 * (glioma.grade - 3) + 0.03 * (age - 52) + 0.4 * np.log(max(ml, 1.0) / 40.0) - 0.8 * glioma.mutant
        days, death = survival(float(risk), 700.0, fate)
        own_columns: Row = {"IDH": ("wildtype", "mutant")[one.kind], "grade": glioma.grade}
        rows.append(_row(one, age) | own_columns | {"os_days": days, "death": death})
        asked.tell(len(rows))
    write_participants(directory, rows)
    return rows


def write_chests(directory: Path, asked: Asked) -> list[Row]:
    """Write CT of nodules with a manifest; gives the rows of clinical.csv."""
    grid = asked.grid(chest.SPACING, chest.SIZE, SMALLEST_MM)
    people = subjects(asked.cases, asked.seed, (0.5, 0.5))
    new_folder(directory)
    rows: list[Row] = []
    listed: list[Row] = []
    for one in people:
        own, fate = _generators(asked.seed, one)
        nodule = chest.draw_nodule(bool(one.kind), own)
        where = space(grid, chest.middle_of(nodule, grid.size[0] * grid.spacing[0]))
        drawn = chest.draw_chest(where, nodule, own)
        masks = {"nodule": drawn.nodule, "lung": drawn.lung}
        listed.append(write_listed(directory, one.number, grid, {"CT": drawn.image}, masks))
        ml = float(drawn.nodule.sum()) * where.voxel_ml
        age = round(float(np.clip(fate.normal(66.0 if nodule.malignant else 61.0, 8.0), 38.0, 86.0)))
        risk = 1.3 * nodule.malignant + 0.03 * (age - 63) + 0.9 * nodule.spiculation + 0.2 * np.log(max(ml, 0.1) / 2.0)
        days, death = survival(float(risk) - 1.0, 1100.0, fate)
        own_columns: Row = {"malignant": ("no", "yes")[one.kind]}
        rows.append(_row(one, age) | own_columns | {"os_days": days, "death": death})
        asked.tell(len(rows))
    write_table(directory / "manifest.csv", listed)
    write_table(directory / "clinical.csv", rows)
    return rows


def write_made_up(directory: Path, asked: Asked, organ: Organ, outcomes: Sequence[Outcome]) -> list[Row]:
    """Write studies of an organ nobody described, with a manifest; gives the rows of clinical.csv."""
    grid = asked.grid(organ.spacing, organ.size)
    people = subjects(asked.cases, asked.seed, (0.5, 0.5))
    new_folder(directory)
    rows: list[Row] = []
    listed: list[Row] = []
    for one in people:
        own, fate = _generators(asked.seed, one)
        trait = (0.9 if one.kind else -0.9) + 0.5 * float(own.standard_normal())
        where = space(grid)
        drawn = draw_study(where, organ, trait, own)
        listed.append(write_listed(directory, one.number, grid, drawn.images, drawn.masks))
        own_columns: Row = {}
        for outcome in outcomes:
            for column, value in zip(outcome.columns, _values(outcome, trait, fate), strict=True):
                own_columns.setdefault(column, value)
        for part in organ.parts:
            if part.volume_column:
                own_columns[part.volume_column] = round(np.count_nonzero(drawn.masks[part.name]) * where.voxel_ml, 3)
        rows.append(_row(one, round(float(np.clip(fate.normal(58.0, 11.0), 20.0, 88.0)))) | own_columns)
        asked.tell(len(rows))
    write_table(directory / "manifest.csv", listed)
    write_table(directory / "clinical.csv", rows)
    return rows


def _values(outcome: Outcome, trait: float, rng: np.random.Generator) -> tuple[str | int | float, ...]:
    """What a patient with a trait has in the columns of an outcome."""
    noisy = trait + 0.4 * float(rng.standard_normal())
    if outcome.kind == "survival":
        return survival(noisy, 900.0, rng)
    if outcome.kind == "number":
        return (round(10.0 + 3.0 * noisy, 2),)
    share = 0.5 + 0.5 * float(np.tanh(noisy))
    return (outcome.classes[min(int(share * len(outcome.classes)), len(outcome.classes) - 1)],)


def _generators(seed: int, one: Subject) -> tuple[np.random.Generator, np.random.Generator]:
    """Of the patient's images, and of what happens to the patient."""
    return np.random.default_rng([seed, 1, one.number]), np.random.default_rng([seed, 2, one.number])


def _row(one: Subject, age: int) -> Row:
    """The columns that every cohort has."""
    name = patient_id(one.number)
    return {"study_id": name, "patient_id": name, "age": age, "center": one.center, "split": one.split}

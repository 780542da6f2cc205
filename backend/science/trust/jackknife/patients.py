"""The rows of each patient, grouped by number of studies, so that small matrices are solved in batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class EqualSized:
    """Patients with the same number of studies m: their numbers (B,) and their rows (B, m)."""

    patients: IntArray
    rows: IntArray

    def chunks(self, size: int) -> "Iterator[EqualSized]":
        """The same patients, `size` at a time."""
        for start in range(0, len(self.patients), size):
            part = slice(start, start + size)
            yield EqualSized(self.patients[part], self.rows[part])


@dataclass(frozen=True, slots=True)
class PatientRows:
    """Patients, sorted by name, and their rows in tables of n studies."""

    names: tuple[str, ...]
    number: IntArray  # (n,) the patient of each row
    blocks: tuple[EqualSized, ...]  # by rising number of studies

    @classmethod
    def of(cls, patient_id: Sequence[str]) -> "PatientRows":
        """Group rows by patient id (n,)."""
        names, number = np.unique(np.asarray(patient_id, dtype=str), return_inverse=True)
        counts = np.bincount(number, minlength=len(names))
        by_patient = np.split(np.argsort(number, kind="stable"), np.cumsum(counts)[:-1])
        blocks = []
        for size in np.unique(counts):
            alike = np.flatnonzero(counts == size)
            blocks.append(EqualSized(alike, np.stack([by_patient[i] for i in alike])))
        return cls(tuple(names.tolist()), number.astype(np.intp), tuple(blocks))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def single(self) -> bool:
        """Whether every patient has one study."""
        return len(self.names) == len(self.number)

    def rows_of(self, numbers: IntArray) -> IntArray:
        """The rows of some patients, in the order of the table."""
        return np.flatnonzero(np.isin(self.number, numbers))

    def as_lists(self) -> list[IntArray]:
        """The rows of each patient, patients by name."""
        rows: list[IntArray] = [np.empty(0, dtype=np.intp)] * len(self)
        for block in self.blocks:
            for patient, own in zip(block.patients, block.rows, strict=True):
                rows[patient] = own
        return rows


def diagonal_blocks(matrix: FloatArray, block: EqualSized) -> FloatArray:
    """(B, m, m) the blocks M_pp of an (n, n) matrix."""
    return np.asarray(matrix[block.rows[:, :, None], block.rows[:, None, :]])

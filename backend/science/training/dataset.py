"""Labelled cases of a fine-tuning: images, targets, patients and the train, validation and test split."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadSettings
from backend.science.types import Spacing


@dataclass(frozen=True)
class Split:
    """Positions of the cases of each part of the split."""

    train: NDArray[np.int64]
    val: NDArray[np.int64]
    test: NDArray[np.int64]

    @property
    def parts(self) -> dict[str, NDArray[np.int64]]:
        """Positions by the name of the part."""
        return {"train": self.train, "val": self.val, "test": self.test}


@dataclass(frozen=True)
class LabelledCases:
    """Cases (C, D, H, W) float32 with `spacing` (z, y, x) mm, a target and a patient for each, and their split.

    `targets`: positions among the classes or grades, numbers, (time, event), or masks (D, H, W). Without `patients`
    every case is a patient of its own. `unscaled`: channels whose intensities are as measured, such as HU.
    """

    inputs: Sequence[NDArray[np.float32]]
    targets: Sequence[Any]
    split: Split
    patients: Sequence[str] | None = None
    spacing: Spacing = (1.0, 1.0, 1.0)
    unscaled: Sequence[int] = ()

    def patients_of(self, rows: NDArray[np.int64]) -> list[str]:
        """The patients at some positions."""
        return [str(row) if self.patients is None else self.patients[row] for row in rows.tolist()]

    def check(self, *, needs_validation: str = "") -> None:
        """Raise BadSettings unless targets, patients and split fit the cases; `needs_validation` names its user."""
        count = len(self.inputs)
        rows = np.concatenate(list(self.split.parts.values()))
        if len(self.targets) != count:
            raise BadSettings(f"There are {count} cases but {len(self.targets)} targets; give one for every case.")
        if self.patients is not None and len(self.patients) != count:
            raise BadSettings(f"There are {count} cases but {len(self.patients)} patients; name one for every case.")
        if len(np.unique(rows)) != len(rows) or (len(rows) and (rows.min() < 0 or rows.max() >= count)):
            raise BadSettings("The split names a case twice or one that does not exist; correct it.")
        if not len(self.split.train):
            raise BadSettings("The split has no training case; give it some.")
        if needs_validation and not len(self.split.val):
            raise BadSettings(f"{needs_validation} needs validation cases; give some, or do without it.")
        self._check_sides()

    def _check_sides(self) -> None:
        seen: dict[str, str] = {}
        for part, rows in self.split.parts.items():
            for patient in set(self.patients_of(rows)):
                if seen.setdefault(patient, part) != part:
                    raise BadSettings(
                        f"Patient {patient!r} is in both {seen[patient]} and {part}; put all studies of a patient on "
                        "one side."
                    )

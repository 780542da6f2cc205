"""Sums over repeated folds: what each patient's score loses when a concept is erased."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.trust.decoders.ridge import gram
from backend.science.trust.erasure.erase import erase
from backend.science.trust.erasure.fold import fit_fold
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class HeadLosses:
    """Squared errors of each patient (P,), mean over repeats: of the training mean, and of the head."""

    chance: FloatArray
    head: FloatArray

    @property
    def skill(self) -> FloatArray:
        """What the head gains on the training mean."""
        return self.chance - self.head


@dataclass(frozen=True, slots=True)
class ConceptLosses:
    """Of B concepts: what erasing costs each patient, how well they are decoded, and the variance they take."""

    loss: FloatArray  # (P, B) mean over repeats
    r2: FloatArray  # (B,) held-out R2 of the decoder
    removed: FloatArray  # (B,) share of the embedding's variance, mean over folds


def erasure_losses(
    x: FloatArray,
    label: FloatArray,
    outputs: FloatArray | None,
    concepts: Sequence[FloatArray],
    patients: PatientRows,
    splits: IntArray,
) -> tuple[HeadLosses, list[ConceptLosses]]:
    """Cross-validate head and erasure of each array of concepts (n, B, q), the first of which chooses the penalty.

    splits: (repeats, n) fold numbers.
    """
    products, n = gram(x), len(x)
    errors, chance = np.zeros(n), np.zeros(n)
    sums = [_Sums.empty(n, one.shape[1]) for one in concepts]
    for split in splits:
        for number in np.unique(split):
            fold = fit_fold(products, split == number, label, outputs, concepts[0][:, :, 0])
            errors[fold.test] += np.square(fold.error).sum(axis=1)
            chance[fold.test] += np.square(fold.chance_error).sum(axis=1)
            for own, one in zip(sums, concepts, strict=True):
                erased = erase(fold, one)
                own.loss[fold.test] += erased.loss
                own.error += erased.decoding_error.sum(axis=0)
                own.spread += erased.concept.sum(axis=0)
                own.removed += erased.removed
    repeats, folds = len(splits), sum(len(np.unique(split)) for split in splits)
    head = HeadLosses(by_patient(chance, patients) / repeats, by_patient(errors, patients) / repeats)
    return head, [own.result(patients, repeats, folds) for own in sums]


def by_patient(values: FloatArray, patients: PatientRows) -> FloatArray:
    """Sums (P, ...) over the rows of each patient."""
    if patients.single:
        sums = np.empty_like(values)
        sums[patients.number] = values
        return sums
    sums = np.zeros((len(patients), *values.shape[1:]))
    np.add.at(sums, patients.number, values)
    return sums


@dataclass(slots=True)
class _Sums:
    loss: FloatArray
    error: FloatArray
    spread: FloatArray
    removed: FloatArray

    @classmethod
    def empty(cls, n: int, b: int) -> "_Sums":
        return cls(np.zeros((n, b)), np.zeros(b), np.zeros(b), np.zeros(b))

    def result(self, patients: PatientRows, repeats: int, folds: int) -> ConceptLosses:
        r2 = 1.0 - np.divide(self.error, self.spread, out=np.ones_like(self.error), where=self.spread > 0)
        return ConceptLosses(by_patient(self.loss, patients) / repeats, r2, self.removed / folds)

"""Shuffled labels: the control of a fine-tuning whose training images carry the labels of other patients."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadSettings
from backend.science.training.dataset import LabelledCases

MOST_DRAWS = 100
"""Permutations tried until one changes a label: a few patients can change places without any effect."""


def with_shuffled_labels(cases: LabelledCases, seed: int) -> LabelledCases:
    """The cases with the training targets permuted among the training patients; validation and test keep theirs.

    Masks are labels like any other: an image gets the mask of another patient, or none. Raises BadSettings where no
    permutation changes a label.
    """
    train = cases.split.train
    patients = cases.patients_of(train)
    for draw in range(MOST_DRAWS):
        sources = train[permuted_places(patients, np.random.default_rng([seed, 505, draw]))]
        if any(
            not np.array_equal(cases.targets[to], cases.targets[source])
            for to, source in zip(train, sources, strict=True)
        ):
            targets = list(cases.targets)
            for to, source in zip(train.tolist(), sources.tolist(), strict=True):
                targets[to] = cases.targets[source]
            return replace(cases, targets=targets)
    raise BadSettings(
        "All training patients have the same label, so shuffling changes nothing; leave the shuffled controls out."
    )


def permuted_places(patients: Sequence[str], rng: np.random.Generator) -> NDArray[np.int64]:
    """(n,) for each study the place whose label it gets: whole patients change places.

    They do so among those with as many studies. Where nobody else has as many, the labels of another patient, drawn at
    random, are repeated or cut to length, so that nobody keeps the own labels for certain.
    """
    names, patient = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    rows = [np.flatnonzero(patient == number) for number in range(len(names))]
    places = np.arange(len(patients))
    for size in sorted({len(one) for one in rows}):
        alike = [number for number, one in enumerate(rows) if len(one) == size]
        order = rng.permutation(len(alike))
        for at, number in enumerate(alike):
            source = alike[order[at]]
            if len(alike) == 1 and len(rows) > 1:
                source = (number + int(rng.integers(1, len(rows)))) % len(rows)
            places[rows[number]] = np.resize(rows[source], size)
    return places

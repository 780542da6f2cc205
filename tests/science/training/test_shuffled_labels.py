"""Shuffled labels: whole patients change places within the training split, and nobody else is touched."""

import numpy as np
import pytest

from backend.errors import BadSettings
from backend.science.training.dataset import LabelledCases, Split
from backend.science.training.shuffled_labels import permuted_places, with_shuffled_labels
from tests.science.planted_cases import planted_cases

CASES, TARGETS = planted_cases(13)
SPLIT = Split(np.arange(9), np.array([9, 10]), np.array([11, 12]))


@pytest.mark.parametrize("task", ["pirads", "volume", "lesion_seg"])
def test_training_labels_differ_and_the_others_do_not(task: str) -> None:
    cases = LabelledCases(CASES, TARGETS[task], SPLIT)
    found = with_shuffled_labels(cases, 0)
    same = [np.array_equal(ours, own) for ours, own in zip(found.targets, TARGETS[task], strict=True)]
    assert not all(same[:9])
    assert all(same[9:])
    assert sorted(np.sum(one) for one in found.targets) == sorted(np.sum(one) for one in TARGETS[task])
    again = with_shuffled_labels(cases, 0)
    assert all(np.array_equal(a, b) for a, b in zip(found.targets, again.targets, strict=True))
    other = with_shuffled_labels(cases, 1)
    assert not all(np.array_equal(a, b) for a, b in zip(found.targets, other.targets, strict=True))
    assert cases.targets is TARGETS[task], "the cases themselves keep their labels"


def test_masks_leave_images_with_a_lesion_for_images_without_one() -> None:
    found = with_shuffled_labels(LabelledCases(CASES, TARGETS["lesion_seg"], SPLIT), 0)
    had = [bool(np.any(mask)) for mask in TARGETS["lesion_seg"][:9]]
    has = [bool(np.any(mask)) for mask in found.targets[:9]]
    assert sum(has) == sum(had)
    assert has != had, "whether there is a lesion is a label, too"


def test_whole_patients_change_places() -> None:
    patients = ["a", "b", "a", "c", "b", "c", "d", "d", "e", "f", "g"]
    rows = {name: [n for n, each in enumerate(patients) if each == name] for name in set(patients)}
    moved = 0
    for seed in range(40):
        places = permuted_places(patients, np.random.default_rng(seed))
        sources = {name: [int(places[row]) for row in of] for name, of in rows.items()}
        assert all(of in rows.values() for of in sources.values()), "a patient's labels stay together, in order"
        assert sorted(places) == list(range(len(patients)))
        moved += sum(sources[name] != of for name, of in rows.items())
    assert 0.6 < moved / (40 * len(rows)) < 0.85, "1 - 1/4 of those with two studies, 1 - 1/3 of those with one"


def test_a_patient_with_as_many_studies_as_nobody_else_gets_anothers_labels() -> None:
    patients = ["a", "b", "b", "b", "c"]
    for seed in range(20):
        places = permuted_places(patients, np.random.default_rng(seed)).tolist()
        assert places[1:4] in ([0, 0, 0], [4, 4, 4])


def test_every_assignment_of_patients_is_as_likely() -> None:
    draws = 6000
    counts: dict[tuple[int, ...], int] = {}
    for seed in range(draws):
        order = tuple(permuted_places(["a", "b", "c"], np.random.default_rng(seed)).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert max(abs(count - draws / 6) for count in counts.values()) < 4 * (draws / 6) ** 0.5


def test_labels_that_cannot_be_shuffled_are_refused() -> None:
    with pytest.raises(BadSettings, match="have the same label"):
        with_shuffled_labels(LabelledCases(CASES, [2] * 13, SPLIT), 0)

from collections import Counter

import pytest

from backend.errors import BadTable
from backend.science.tables.split import given_split, split_by_patient

PATIENTS = [f"p{i:03d}" for i in range(100)]


def test_the_split_is_7_1_2_by_patient():
    assert Counter(split_by_patient(PATIENTS, seed=0).tolist()) == {"train": 70, "val": 10, "test": 20}


def test_all_studies_of_a_patient_stay_on_one_side():
    patients = PATIENTS + PATIENTS[:50]
    sides = split_by_patient(patients, seed=3)
    assert (sides[:50] == sides[100:]).all()


def test_row_order_does_not_matter_but_the_seed_does():
    forward = dict(zip(PATIENTS, split_by_patient(PATIENTS, 1).tolist(), strict=True))
    backward = dict(zip(PATIENTS[::-1], split_by_patient(PATIENTS[::-1], 1).tolist(), strict=True))
    other = dict(zip(PATIENTS, split_by_patient(PATIENTS, 2).tolist(), strict=True))
    assert forward == backward
    assert forward != other


def test_a_given_split_is_read_by_study():
    sides = given_split(["a", "b", "c"], ["p", "p", "q"], {"a": "Train", "b": "training", "c": "held-out"})
    assert sides.tolist() == ["train", "train", "test"]
    assert given_split(["a", "b", "c"], ["p", "q", "r"], {"a": "train", "b": "valid", "c": "TEST"})[1] == "val"


def test_a_study_without_an_entry_is_named_even_where_every_patient_id_is_some_study_s_id():
    """Studies 1-60 of patients 60-1: read by patient, the split would put other studies into training."""
    studies, patients = [str(n) for n in range(1, 61)], [str(61 - n) for n in range(1, 61)]
    patients[0] = "2"  # every patient id has an entry, study 60 has none
    given = {str(n): "train" if n % 3 else "test" for n in range(1, 60)}
    with pytest.raises(BadTable, match="no entry for 1 of 60 studies: '60'"):
        given_split(studies, patients, given)


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        ({"a": "train", "b": "test", "c": "test"}, "patient 'p' in both train and test; put all studies"),
        ({"a": "train", "b": "train"}, "no entry for 1 of 3 studies: 'c'"),
        ({"a": "train", "b": "train", "c": "maybe"}, "says 'maybe' for 'c'; use train, val or test"),
        (dict.fromkeys("abc", "train"), "no test study"),
        (dict.fromkeys("abc", "test"), "no train study"),
    ],
)
def test_a_given_split_that_cannot_be_used_is_refused(split, sentence):
    with pytest.raises(BadTable, match=sentence):
        given_split(["a", "b", "c"], ["p", "p", "q"], split)

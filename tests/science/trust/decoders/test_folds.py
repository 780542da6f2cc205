import numpy as np

from backend.science.tables.patients import patient_rows, split_patients
from backend.science.trust.decoders.folds import patient_folds
from backend.science.trust.permutation_floor import permuted_rows

PATIENTS = [f"p{i % 17:02d}" for i in range(40)]


def test_a_patient_is_in_one_fold_of_each_repeat_and_folds_are_even():
    folds = patient_folds(PATIENTS, 5, 3, seed=0)
    assert folds.shape == (3, 40)
    for row in folds:
        by_patient = {patient: {f for p, f in zip(PATIENTS, row, strict=True) if p == patient} for patient in PATIENTS}
        assert all(len(found) == 1 for found in by_patient.values())
        sizes = np.bincount([next(iter(found)) for found in by_patient.values()], minlength=5)
        assert set(sizes) == {3, 4}
    assert not np.array_equal(folds[0], folds[1])


def test_folds_follow_the_patient_and_not_the_row():
    order = np.random.default_rng(0).permutation(40)
    shuffled = [PATIENTS[i] for i in order]
    assert np.array_equal(patient_folds(PATIENTS, 5, 2, 3)[:, order], patient_folds(shuffled, 5, 2, 3))


def test_parts_keep_patients_together_and_cover_everyone():
    parts = split_patients(patient_rows(PATIENTS), 3, np.random.default_rng(0))
    assert sorted(np.concatenate(parts)) == list(range(40))
    names = [{PATIENTS[i] for i in part} for part in parts]
    assert sum(len(one) for one in names) == 17


def test_permuted_patients_keep_their_studies_together():
    rows = permuted_rows(patient_rows(PATIENTS), 40, seed=0, number=0)
    assert sorted(rows) == list(range(40))
    for one in patient_rows(PATIENTS):
        assert len({PATIENTS[rows[i]] for i in one}) == 1
    assert (rows != np.arange(40)).mean() > 0.7

import numpy as np

from backend.science.trust.erasure.folds import patient_folds


def test_folds_keep_patients_whole_and_are_of_equal_size():
    ids = [f"p{i // 3}" for i in range(69)]
    drawn = patient_folds(ids, 5, 4, 0)
    for row in drawn:
        by_patient = row.reshape(23, 3)
        assert (by_patient == by_patient[:, :1]).all()
        assert sorted(np.bincount(by_patient[:, 0])) == [4, 4, 5, 5, 5]
    assert (drawn[0] != drawn[1]).any()
    assert (drawn == patient_folds(ids, 5, 4, 0)).all()
    assert (drawn != patient_folds(ids, 5, 4, 1)).any()

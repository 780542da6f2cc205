import numpy as np
import pytest

from backend.science.tables.patients import patient_rows, split_patients


@pytest.mark.parametrize("count", [2, 3])
def test_parts_differ_by_one_patient_at_most(count):
    sizes = [
        len(part) for part in split_patients(patient_rows([str(i) for i in range(20)]), count, np.random.default_rng(0))
    ]
    assert max(sizes) - min(sizes) <= 1

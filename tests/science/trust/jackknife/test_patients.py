import numpy as np

from backend.science.trust.jackknife.patients import PatientRows, diagonal_blocks


def test_rows_of_patients_grouped_by_number_of_studies():
    rows = PatientRows.of(["b", "a", "c", "b", "a", "d"])
    assert rows.names == ("a", "b", "c", "d")
    assert not rows.single
    alone, twice = rows.blocks
    assert alone.patients.tolist() == [2, 3]
    assert alone.rows.tolist() == [[2], [5]]
    assert twice.patients.tolist() == [0, 1]
    assert twice.rows.tolist() == [[1, 4], [0, 3]]
    assert [own.tolist() for own in rows.as_lists()] == [[1, 4], [0, 3], [2], [5]]
    assert rows.rows_of(np.array([1, 2])).tolist() == [0, 2, 3]


def test_ids_are_text():
    assert PatientRows.of(["1", "001"]).names == ("001", "1")
    assert PatientRows.of(["1", "001"]).single


def test_diagonal_blocks_are_cut_from_the_matrix():
    matrix = np.arange(16.0).reshape(4, 4)
    (block,) = PatientRows.of(["a", "b", "b", "a"]).blocks
    np.testing.assert_array_equal(diagonal_blocks(matrix, block), [[[0, 3], [12, 15]], [[5, 6], [9, 10]]])

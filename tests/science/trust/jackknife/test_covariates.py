from itertools import combinations

import numpy as np
import pytest

from backend.errors import BadTable
from backend.science.trust.jackknife.covariates import Covariate, covariate_basis, estimable
from backend.science.trust.jackknife.patients import PatientRows


def words(*counts):
    return np.array([name for name, count in counts for _ in range(count)])


def one_each(n):
    return PatientRows.of([f"p{i:02d}" for i in range(n)])


def test_levels_and_numbers_span_the_covariates():
    label, age = words(("a", 5), ("b", 4), ("c", 6)), np.random.default_rng(0).normal(size=15)
    basis = covariate_basis([Covariate("label", label), Covariate("age", age)], one_each(15))
    plain = np.column_stack([*(label == name for name in "abc"), age]).astype(float)
    np.testing.assert_allclose(basis.vectors.T @ basis.vectors, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(basis.residual(plain), 0, atol=1e-12)
    assert basis.dropped == ()


def test_a_level_of_one_patient_joins_the_most_frequent_level():
    label = words(("a", 8), ("b", 6), ("c", 1))
    basis = covariate_basis([Covariate("label", label)], one_each(15))
    merged = covariate_basis([Covariate("label", np.where(label == "c", "a", label))], one_each(15))
    np.testing.assert_allclose(basis.residual_matrix(), merged.residual_matrix(), atol=1e-12)
    assert basis.dropped == ("label = c rests on one or two patients and is left out of the covariates.",)


def test_rare_levels_are_pooled_where_they_are_three_patients_together():
    centre = words(("a", 8), ("b", 2), ("c", 1), ("d", 4))
    basis = covariate_basis([Covariate("center", centre)], one_each(15))
    pooled = np.where(np.isin(centre, ["b", "c"]), "rare", centre)
    expected = covariate_basis([Covariate("center", pooled)], one_each(15))
    np.testing.assert_allclose(basis.residual_matrix(), expected.residual_matrix(), atol=1e-12)
    assert basis.dropped == ()


def test_a_level_of_one_patient_with_many_studies_is_one_patient():
    patients = PatientRows.of([f"p{max(i - 4, 0):02d}" for i in range(15)])
    basis = covariate_basis([Covariate("center", words(("a", 5), ("b", 10)))], patients)
    assert basis.vectors.shape == (15, 1)
    assert "rests on one or two patients" in basis.dropped[0]


def test_a_number_that_two_patients_alone_differ_in_is_dropped():
    values = np.zeros(15)
    values[:2] = 1
    basis = covariate_basis([Covariate("flag", values)], one_each(15))
    assert basis.vectors.shape == (15, 1)
    assert basis.dropped[0].startswith("flag rests on one or two patients")


def test_constant_and_repeated_covariates_add_nothing():
    label = words(("a", 7), ("b", 8))
    columns = [Covariate("label", label), Covariate("same", label), Covariate("one", np.full(15, 3.3))]
    basis = covariate_basis(columns, one_each(15))
    assert basis.vectors.shape == (15, 2)
    assert [sentence.split()[0] for sentence in basis.dropped] == ["same", "one"]


def test_a_label_of_one_patient_a_class_says_so():
    basis = covariate_basis([Covariate("own", np.array([f"k{i}" for i in range(15)]))], one_each(15))
    assert basis.vectors.shape == (15, 1)
    assert basis.dropped == ("own adds nothing to the covariates: each of its 15 classes has fewer than 3 patients.",)


@pytest.mark.parametrize("seed", range(8))
def test_estimable_equals_the_rank_without_any_two_patients(seed):
    rng = np.random.default_rng(seed)
    ids = [f"p{i:02d}" for i in range(12)] + ["p00", "p01", "p00"]
    patients = PatientRows.of(ids)
    plain = np.column_stack([np.ones(15), rng.integers(0, 2, 15), rng.random(15) < 0.3]).astype(float)
    vectors, values, _ = np.linalg.svd(plain, full_matrices=False)
    vectors = vectors[:, values > 1e-10]
    of = np.array(ids)
    ranks = [
        np.linalg.matrix_rank(vectors[(of != p) & (of != q)], tol=1e-6) for p, q in combinations(patients.names, 2)
    ]
    assert estimable(vectors, patients) == (min(ranks) == vectors.shape[1])


def test_missing_numbers_and_other_lengths_are_refused():
    with pytest.raises(BadTable, match="1 studies without a number"):
        covariate_basis([Covariate("psa", np.array([1.0, np.nan, 2.0, 3.0]))], one_each(4))
    with pytest.raises(BadTable, match="3 values for 4 studies"):
        covariate_basis([Covariate("psa", np.arange(3.0))], one_each(4))

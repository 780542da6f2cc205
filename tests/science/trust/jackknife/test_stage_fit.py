import numpy as np
import pytest

from backend.science.trust.jackknife.covariates import Covariate, covariate_basis
from backend.science.trust.jackknife.deletion import without_each_patient, without_each_row
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.penalty import PENALTIES, choose_penalty, penalty_errors
from backend.science.trust.jackknife.residual_basis import ResidualBasis
from backend.science.trust.jackknife.stage_fit import fit_stages
from tests.science.trust.jackknife.cohorts import patients as ids_of
from tests.science.trust.jackknife.oracle import gram, held_out_sse

CASES = [(repeats, d, given) for repeats in (0, 9) for d in (60, 12) for given in (False, True)]


def case(repeats, d, given, n=40):
    rng = np.random.default_rng([repeats, d])
    stages = [rng.normal(size=(n, d)) for _ in range(2)]
    targets = rng.normal(size=(n, 5)) + stages[0][:, :5]
    ids = [ids_of(n, repeats)[i] for i in rng.permutation(n)]
    patients = PatientRows.of(ids)
    columns = [Covariate("psa", rng.normal(size=n)), Covariate("label", np.array(list("abcd") * 10))]
    return stages, targets, ids, patients, covariate_basis(columns if given else [], patients)


@pytest.mark.parametrize(("repeats", "d", "given"), CASES)
def test_r2_equals_refitting_without_each_patient(repeats, d, given):
    stages, targets, ids, patients, basis = case(repeats, d, given)
    fit = fit_stages(stages, targets, basis, patients)
    null = held_out_sse(None, basis.vectors, targets, ids, None)
    for s, x in enumerate(stages):
        sse = held_out_sse(gram(x), basis.vectors, targets, ids, fit.penalty)
        raw = fit.r2[s] * (1 - fit.chance[s]) + fit.chance[s]
        np.testing.assert_allclose(raw, 1 - sse / null, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("repeats", "d", "given"), CASES)
def test_deletions_equal_refitting_without_a_patient(repeats, d, given):
    stages, targets, ids, patients, basis = case(repeats, d, given)
    fit = fit_stages(stages, targets, basis, patients, penalty=0.1)
    for number in (0, 1, 17, len(patients) - 1):
        name = patients.names[number]
        null = held_out_sse(None, basis.vectors, targets, ids, None, without=name)
        for s, x in enumerate(stages):
            sse = held_out_sse(gram(x), basis.vectors, targets, ids, 0.1, without=name)
            raw = fit.deleted[s, number] * (1 - fit.chance[s]) + fit.chance[s]
            np.testing.assert_allclose(raw, 1 - sse / null, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("repeats", "d"), [(0, 60), (0, 12)])
def test_both_formulas_of_deletion_agree_where_patients_have_one_study(repeats, d):
    stages, targets, _, patients, basis = case(repeats, d, True)
    matrix = ResidualBasis.of(stages[0], basis).matrix(0.03)
    rows = patients.blocks[0].rows[:, 0]
    np.testing.assert_allclose(
        without_each_patient(matrix, matrix @ targets, patients),
        without_each_row(matrix, matrix @ targets)[rows],
        rtol=1e-11,
    )


@pytest.mark.parametrize(("repeats", "d", "given"), CASES)
def test_the_penalty_has_the_least_held_out_error(repeats, d, given):
    stages, targets, ids, patients, basis = case(repeats, d, given)
    errors = [[held_out_sse(gram(x), basis.vectors, targets, ids, one).sum() for one in PENALTIES[::4]] for x in stages]
    for s, x in enumerate(stages):
        found = penalty_errors(ResidualBasis.of(x, basis), targets, patients)
        np.testing.assert_allclose(found[::4], errors[s], rtol=1e-10)
    bases = [ResidualBasis.of(x, basis) for x in stages]
    total = np.sum([penalty_errors(one, targets, patients) for one in bases], axis=0)
    assert choose_penalty(bases, targets, patients) == PENALTIES[total.argmin()]


def test_the_grid_of_penalties():
    assert len(PENALTIES) == 17
    np.testing.assert_allclose(PENALTIES[[0, -1]], [1e-3, 10**2.5])


@pytest.mark.parametrize("repeats", [0, 9])
def test_the_order_of_rows_scale_and_rotation_of_embeddings_do_not_matter(repeats):
    stages, targets, ids, patients, basis = case(repeats, 12, False)
    fit = fit_stages(stages, targets, basis, patients)
    order = np.random.default_rng(1).permutation(len(ids))
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(12, 12)))[0]
    shuffled = PatientRows.of([ids[i] for i in order])
    other = fit_stages(
        [3.0 * x[order] @ turn + 1.0 for x in stages], targets[order], covariate_basis([], shuffled), shuffled
    )
    assert other.penalty == fit.penalty
    np.testing.assert_allclose(other.r2, fit.r2, atol=1e-11)
    np.testing.assert_allclose(other.deleted, fit.deleted, atol=1e-11)


def test_a_constant_embedding_decodes_nothing():
    _, targets, _, patients, basis = case(0, 12, False)
    fit = fit_stages([np.ones((40, 12)), np.ones((40, 60))], targets, basis, patients)
    np.testing.assert_allclose(fit.r2, 0, atol=1e-12)
    np.testing.assert_allclose(fit.deleted, 0, atol=1e-12)


def test_a_feature_that_the_covariates_determine_has_no_r2_left():
    stages, targets, _, patients, _ = case(0, 12, False)
    basis = covariate_basis([Covariate("volume", targets[:, 2].copy())], patients)
    fit = fit_stages(stages, targets, basis, patients)
    np.testing.assert_array_equal(fit.r2[:, 2], 0)
    np.testing.assert_array_equal(fit.deleted[:, :, 2], 0)
    assert np.all(fit.r2[:, [0, 1, 3, 4]] != 0)

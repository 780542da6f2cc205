"""Decoding of large cohorts without an (n, n) matrix, with groups of patients deleted."""

import numpy as np
import pytest

from backend.science.trust.alerts import deleted_in_groups
from backend.science.trust.jackknife import deletions as deletions_module
from backend.science.trust.jackknife.covariates import Covariate, covariate_basis
from backend.science.trust.jackknife.decoding_change import decoding_change
from backend.science.trust.jackknife.deletions import GROUPS, MOST_ALONE, Deletions
from backend.science.trust.jackknife.effects import EffectEstimates
from backend.science.trust.jackknife.floor import permuted_r2
from backend.science.trust.jackknife.half_samples import variance_ratio
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.stage_fit import fit_stages
from backend.science.trust.jackknife.standard_error import standard_error
from tests.science.trust.jackknife.cohorts import patients as ids_of
from tests.science.trust.jackknife.cohorts import simulate
from tests.science.trust.jackknife.oracle import gram, held_out_sse
from tests.science.trust.jackknife.test_stage_fit import case

CASES = [(repeats, d, given) for repeats in (0, 9) for d in (60, 12) for given in (False, True)]


@pytest.mark.parametrize(("repeats", "d", "given"), CASES)
def test_both_spaces_agree(repeats, d, given):
    stages, targets, _, patients, basis = case(repeats, d, given)
    whole = fit_stages(stages, targets, basis, patients)
    thin = fit_stages(stages, targets, basis, patients, deletions=Deletions(np.arange(len(patients)), grouped=True))
    assert thin.penalty == whole.penalty
    for name in ("r2", "chance", "deleted"):
        np.testing.assert_allclose(getattr(thin, name), getattr(whole, name), rtol=0, atol=1e-9)
    np.testing.assert_allclose(thin.held_out_errors(1), whole.held_out_errors(1), rtol=0, atol=1e-9)
    np.testing.assert_allclose(permuted_r2(thin, patients, 3), permuted_r2(whole, patients, 3), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("repeats", "groups"), [(0, 7), (9, 7), (0, 2), (9, 2)])
def test_a_deleted_group_equals_refitting_without_it(repeats, groups):
    stages, targets, ids, patients, basis = case(repeats, 12, False)
    deletions = Deletions.in_groups(len(patients), groups, seed=1)
    fit = fit_stages(stages, targets, basis, patients, penalty=0.1, deletions=deletions)
    assert fit.deleted.shape == (2, groups, 5)
    for number in range(groups):
        kept = np.flatnonzero(deletions.of_patient[patients.number] != number)
        rest = (basis.vectors[kept], targets[kept], [ids[i] for i in kept])
        null = held_out_sse(None, *rest, None)
        for s, x in enumerate(stages):
            sse = held_out_sse(gram(x)[np.ix_(kept, kept)], *rest, 0.1)
            raw = fit.deleted[s, number] * (1 - fit.chance[s]) + fit.chance[s]
            np.testing.assert_allclose(raw, 1 - sse / null, rtol=0, atol=1e-12)


def test_held_out_errors_are_those_of_refitting():
    stages, targets, ids, patients, basis = case(9, 12, True)
    fit = fit_stages(stages, targets, basis, patients)
    sse = held_out_sse(gram(stages[0]), basis.vectors, targets, ids, fit.penalty)
    np.testing.assert_allclose(np.square(fit.held_out_errors(0)).sum(axis=0), sse, rtol=1e-10)


def test_grouped_errors_agree_with_those_of_single_patients():
    x_pre, x_ft, features, _ = simulate(n=400, k=120, d=40, after=(1, 2, 0.5, 1, 1, 1))
    patients = PatientRows.of(ids_of(400))
    targets = (features - features.mean(axis=0)) / features.std(axis=0)
    basis = covariate_basis([], patients)
    errors = []
    for deletions in (None, *(Deletions.in_groups(400, 200, seed) for seed in range(4))):
        fit = fit_stages([x_pre, *x_ft], targets, basis, patients, 0.1, deletions)
        errors.append(standard_error(EffectEstimates.of(fit.r2, fit.deleted).effect))
    ratio = np.mean(errors[1:], axis=0) / errors[0]
    assert ratio.mean() == pytest.approx(1.0, abs=0.03)  # a little below: pairs of patients within a group count once
    assert 0.8 < ratio.min() <= ratio.max() < 1.25


def test_groups_are_seeded_of_equal_size_and_only_of_large_cohorts():
    small, large = (PatientRows.of([f"p{i}" for i in range(n)]) for n in (MOST_ALONE, MOST_ALONE + 1))
    assert not Deletions.of(small).grouped
    assert len(Deletions.of(small)) == MOST_ALONE
    found = Deletions.of(large, seed=3)
    assert found.grouped
    sizes = np.bincount(found.of_patient)
    assert (len(sizes), len(found)) == (GROUPS, GROUPS)
    assert sizes.max() - sizes.min() <= 1
    np.testing.assert_array_equal(found.of_patient, Deletions.of(large, seed=3).of_patient)
    assert (found.of_patient != Deletions.of(large, seed=4).of_patient).any()


def test_halves_of_large_cohorts_are_decoded_in_groups_too(monkeypatch):
    x_pre, x_ft, features, groups = simulate(n=400, k=24, d=12, after=(1, 4, 0.2, 1, 1, 1))
    patients, at = (
        PatientRows.of(ids_of(400)),
        [np.flatnonzero(np.array(groups) == name) for name in sorted(set(groups))],
    )
    given = ([x_pre, *x_ft], features, [], patients, 0.1, at, 0)
    alone = variance_ratio(*given)
    monkeypatch.setattr(deletions_module, "MOST_ALONE", 100)
    monkeypatch.setattr(deletions_module, "GROUPS", 50)
    np.testing.assert_allclose(variance_ratio(*given), alone, atol=0.15)


def test_a_large_cohort_says_that_groups_were_deleted_and_counts_patients(monkeypatch):
    monkeypatch.setattr(deletions_module, "MOST_ALONE", 100)
    monkeypatch.setattr(deletions_module, "GROUPS", 30)
    x_pre, x_ft, features, groups = simulate(n=140, after=(1, 3, 0.2, 1, 1, 1))
    label = [Covariate("label", np.where(np.arange(140) % 3 == 0, "yes", "no"))]
    found = decoding_change(x_pre, x_ft, features, ids_of(140, 20), groups, label=label)
    assert found.deletions.grouped
    assert (len(found.deletions), len(found.deletions.of_patient)) == (30, 120)
    assert found.influence.shape == (30, 60)
    assert found.evidence.n_patients == len(found.patients) == 120
    assert found.shrunken is not None  # from 80 patients, not 80 deletions
    assert found.groups.flag.tolist()[1:3] == ["stronger", "weaker"]
    assert found.decoded.shape == (2, 140, 60)
    alert = deleted_in_groups(found.deletions)
    assert alert is not None
    assert "leaving out 30 random groups" in alert.sentence
    assert deleted_in_groups(Deletions(np.arange(120), grouped=False)) is None

from dataclasses import replace

import numpy as np
import pytest

from backend.errors import BadSettings
from backend.science.lens.settings import LensSettings
from backend.science.tables.patients import patient_rows
from backend.science.trust.alternative_decoders import other_decoders
from backend.science.trust.decoders.elastic_net import L1_SHARE, elastic_net_r2, fit
from backend.science.trust.decoders.folds import patient_folds
from backend.science.trust.decoders.kernel_ridge import gaussian
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.decoders.ridge import gram
from tests.science.trust.cohorts import cohort, planted

SETTINGS = LensSettings(repeats=1)


def test_the_gaussian_kernel_is_that_of_the_distances():
    x = np.random.default_rng(0).normal(size=(12, 5))
    squared = np.square(x[:, None] - x[None]).sum(axis=-1)
    middle = np.median(squared[np.triu_indices(12, 1)])
    assert np.allclose(gaussian(gram(x)), np.exp(-squared / middle))
    assert np.array_equal(gaussian(np.zeros((3, 3))), np.ones((3, 3)))


def test_elastic_net_weights_fulfil_the_optimality_conditions():
    """Karush-Kuhn-Tucker: the gradient of the smooth part lies in minus the subdifferential of the l1 part."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(90, 30))
    x = ((x - x.mean(0)) / x.std(0)).astype(np.float32)
    y = (x[:, :3] @ rng.normal(size=(3, 4)) + rng.normal(size=(90, 4))).astype(np.float32)
    y -= y.mean(0)
    share = 0.3
    weights = fit(x, y, share)
    strength = share * np.abs(x.T @ y).max(0) / (90 * L1_SHARE)
    slope = x.T @ (x @ weights - y) / 90 + (1 - L1_SHARE) * strength * weights
    alive = weights != 0
    assert 0 < alive.mean() < 0.5
    assert np.abs(slope + L1_SHARE * strength * np.sign(weights))[alive].max() < 5e-3
    assert (np.abs(slope)[~alive] <= np.broadcast_to(L1_SHARE * strength, slope.shape)[~alive] + 5e-3).all()
    assert (fit(x, y, 1.01) == 0).all()


def test_content_on_few_axes_is_read_better_by_the_elastic_net():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(80, 120))
    r = x[:, :4] + 0.5 * rng.normal(size=(80, 4))
    patients = [str(i) for i in range(80)]
    folds = patient_folds(patients, 5, 1, 0)
    from backend.science.trust.decoders.cross_validated_ridge import decode

    ranks = Ranks.of(r)
    sparse = elastic_net_r2((x,), ranks, folds[0], patient_rows(patients))
    ridge = decode((gram(x),), ranks, folds).r2
    assert sparse.mean() > ridge.mean() + 0.2


def test_a_bent_relation_is_read_better_by_the_kernel():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(150, 2))
    r = np.column_stack([np.square(x[:, 0]), np.abs(x[:, 1]), x[:, 0] * x[:, 1]]) + 0.1 * rng.normal(size=(150, 3))
    found = other_decoders(
        replace_features(cohort(x, 2 * x, r)), (gram(x), gram(2 * x)), replace(SETTINGS, decoders=("kernel",))
    )
    from backend.science.trust.decoders.cross_validated_ridge import decode

    ridge = decode((gram(x),), Ranks.of(r), patient_folds([str(i) for i in range(150)], 5, 1, 0)).r2
    assert found[0].r2[0].mean() > ridge.mean() + 0.3
    assert np.allclose(found[0].r2[0], found[0].r2[1])  # scale is no information


def replace_features(one):
    return replace(one, features=one.features[: one.r.shape[1]])


def test_their_numbers_stand_beside_the_ridge_and_change_no_flag():
    from tests.science.trust.test_block import QUICK, run

    x_pre, x_ft, r = planted(n=60)
    quick = replace(QUICK, repeats=1, bootstrap=20)
    plain = run(x_pre, x_ft, r, quick)
    both = run(x_pre, x_ft, r, replace(quick, decoders=("kernel", "elastic_net")))
    assert np.array_equal(both.features.evidence.flag, plain.features.evidence.flag)
    assert {one.name for one in both.others} == {"kernel", "elastic_net"}
    for one in both.others:
        record = one.record(both.features)
        assert record["r2_median_pre"] == pytest.approx(np.median(one.r2[0]))
        assert record["delta_r2_spearman"] > 0.5
        assert one.seconds > 0


def test_unknown_decoders_and_those_without_a_bootstrap_are_refused():
    with pytest.raises(BadSettings, match="kernel, elastic_net"):
        LensSettings(decoders=("forest",))
    with pytest.raises(BadSettings, match="belong to the trust block"):
        LensSettings(decoders=("kernel",), bootstrap=0)

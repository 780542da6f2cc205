from dataclasses import replace

import numpy as np
import pytest

from backend.errors import BadSettings
from backend.science.lens.settings import LensSettings
from backend.science.trust.alternative_decoders import other_decoders
from backend.science.trust.decoders.kernel_ridge import gaussian, gaussian_features
from backend.science.trust.decoders.ridge import gram
from backend.science.trust.jackknife.decoding_change import decoding_change
from tests.science.trust.cohorts import cohort, planted
from tests.science.trust.test_block import QUICK, run


def test_the_gaussian_kernel_is_that_of_the_distances():
    x = np.random.default_rng(0).normal(size=(12, 5))
    squared = np.square(x[:, None] - x[None]).sum(axis=-1)
    middle = np.median(squared[np.triu_indices(12, 1)])
    assert np.allclose(gaussian(gram(x)), np.exp(-squared / middle))
    assert np.array_equal(gaussian(np.zeros((3, 3))), np.ones((3, 3)))
    features = gaussian_features(x)
    assert np.allclose(features @ features.T, np.exp(-squared / middle))


def test_a_bent_relation_is_read_better_by_the_kernel():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(150, 2))
    r = np.column_stack([np.square(x[:, 0]), np.abs(x[:, 1]), x[:, 0] * x[:, 1]]) + 0.1 * rng.normal(size=(150, 3))
    bent = cohort(x, 2 * x, r)
    found = other_decoders(bent, LensSettings(decoders=("kernel",)))
    groups = [feature.modality_class for feature in bent.features]
    ridge = decoding_change(x, [2 * x], r, bent.patient_id, groups).features.r2_pre
    assert found[0].r2[0].mean() > ridge.mean() + 0.3
    assert np.allclose(found[0].r2[0], found[0].r2[1])  # scale is no information


def test_its_numbers_stand_beside_the_ridge_and_change_no_flag():
    x_pre, x_ft, r = planted(n=60)
    plain = run(x_pre, x_ft, r)
    both = run(x_pre, x_ft, r, replace(QUICK, decoders=("kernel",)))
    assert np.array_equal(both.features.flag, plain.features.flag)
    (kernel,) = both.others
    record = kernel.record(both.features)
    assert record["r2_median_pre"] == pytest.approx(np.median(kernel.r2[0]))
    assert record["delta_r2_spearman"] > 0.5
    assert kernel.seconds > 0


def test_unknown_decoders_and_those_without_the_trust_block_are_refused():
    with pytest.raises(BadSettings, match="kernel is the only decoder"):
        LensSettings(decoders=("forest",))
    with pytest.raises(BadSettings, match="belong to the trust block"):
        LensSettings(decoders=("kernel",), trust=False)

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from backend.errors import BadSettings
from backend.science.compute.threads import torch_threads
from backend.science.lens import projection as module
from backend.science.lens.projection import ProjectionSettings, SweepPoint, best_point, fit_projection, sweep
from tests.science.lens_tables import FEATURES, arrays

MODALITY = [feature.modality for feature in FEATURES]
SMALL = ProjectionSettings(hidden=16, epochs=30)


def scaled(r):
    return (r - r.min(0)) / np.ptp(r, axis=0)


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not():
    x, _, r = arrays(n=80)
    first, second = (fit_projection(x, scaled(r), MODALITY, SMALL, seed=5) for _ in range(2))
    other = fit_projection(x, scaled(r), MODALITY, SMALL, seed=6)
    np.testing.assert_array_equal(first.weight, second.weight)
    np.testing.assert_array_equal(first.bias, second.bias)
    assert not np.array_equal(first.weight, other.weight)


def test_transform_is_the_rectified_affine_map_in_float64():
    x, _, r = arrays(n=80)
    fitted = fit_projection(x, scaled(r), MODALITY, SMALL, seed=0)
    z = fitted.transform(x.astype(np.float32))
    standardised = (x.astype(np.float32).astype(np.float64) - x.mean(0)) / x.std(0)
    assert z.dtype == np.float64
    assert z.shape == (80, 16)
    np.testing.assert_allclose(z, np.maximum(standardised @ fitted.weight.T + fitted.bias, 0), atol=1e-12)


def test_training_step_equals_autograd_and_adam():
    """Oracle: the loss written down, differentiated by torch, with a stock Adam over the same batches."""
    x, _, r = arrays(n=50)
    settings = replace(SMALL, epochs=3, batch_size=16, l1=1e-3, l2=1e-2, standardise_x="none")
    r = scaled(r)
    start = module._Parameters.initial(x.shape[1], 16, r.shape[1], 0)
    weights = module._column_weights(MODALITY)
    ours, _, _ = module._train(start, x, r, weights, settings, 0)
    W, b, V, c = theirs = [torch.tensor(array, requires_grad=True) for array in start.arrays]
    optimiser = torch.optim.Adam(theirs, lr=settings.learning_rate)
    rng = np.random.default_rng([0, 1])
    X, R = (torch.tensor(array, dtype=torch.float32) for array in (x, r))
    for _ in range(3):
        for batch in torch.split(torch.tensor(rng.permutation(50)), 16):
            error = torch.relu(X[batch] @ W.T + b) @ V.T + c - R[batch]
            per_modality = [error[:, [m == name for m in MODALITY]].abs().mean() for name in ("T2", "DWI", "ADC")]
            loss = torch.stack(per_modality).mean() + settings.l1 * W.abs().sum() + settings.l2 * (W**2).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    for mine, oracle in zip(ours.arrays, theirs, strict=True):
        np.testing.assert_allclose(mine, oracle.detach().numpy(), atol=2e-5)


def test_fitting_lowers_the_reconstruction_error():
    x, _, r = arrays(n=100)
    r = scaled(r)
    weights = module._column_weights(MODALITY)
    start = module._Parameters.initial(x.shape[1], 16, r.shape[1], 0)
    settings = replace(SMALL, standardise_x="none")
    fitted, _, _ = module._train(start, x, r, weights, settings, 0)
    before, after = (module._reconstruction_error(p.arrays, x, r, weights) for p in (start, fitted))
    assert after < 0.5 * before


def test_constant_dimensions_do_not_divide_by_zero():
    x, _, r = arrays(n=40)
    x[:, 3] = 1e9
    fitted = fit_projection(x, scaled(r), MODALITY, SMALL, seed=0)
    assert fitted.x_sd[3] == 1.0
    assert np.isfinite(fitted.transform(x)).all()


def test_progress_counts_epochs():
    seen = []
    x, _, r = arrays(n=40)
    fit_projection(x, scaled(r), MODALITY, replace(SMALL, epochs=3), 0, lambda *step: seen.append(step))
    assert seen == [("fitting the paper's projection", epoch, 3) for epoch in (1, 2, 3)]


def test_the_sweep_visits_the_papers_24_pairs_once_and_chooses_on_validation():
    x, _, r = arrays(n=80)
    r = scaled(r)
    seen = []
    points = sweep((x[:60], r[:60]), (x[60:], r[60:]), MODALITY, SMALL, 0, lambda *step: seen.append(step))
    assert {(point.l1, point.l2) for point in points} == {(l1, l2) for l1 in module.SWEEP_L1 for l2 in module.SWEEP_L2}
    assert len(points) == 24 == len(seen)
    neighbours = [(a.l1 != b.l1) + (a.l2 != b.l2) for a, b in pairwise(points)]
    assert set(neighbours) == {1}
    assert best_point(points).validation_error == min(point.validation_error for point in points)
    assert all(1 <= point.epochs <= SMALL.epochs for point in points)


def test_equal_validation_errors_choose_the_strongest_penalties():
    points = [SweepPoint(0.0, 1e-5, 0.1, 1), SweepPoint(1e-6, 0.0, 0.1, 1), SweepPoint(1e-5, 0.0, 0.2, 1)]
    assert best_point(points).l1 == 1e-6


def test_torch_threads_are_given_back():
    before = torch.get_num_threads()
    with torch_threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    "wrong",
    [{"hidden": 0}, {"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}, {"l1": -1.0}, {"standardise_x": "ft"}],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(BadSettings):
        replace(SMALL, **wrong)

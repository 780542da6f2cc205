"""What the scanner adds: noise, bias, grids, fitted ADC."""

from dataclasses import replace

import numpy as np
import pytest

from backend.science.synthetic.acquisition import (
    HIGH_B,
    LOW_B,
    Scanner,
    acquire_diffusion,
    acquire_t2,
    as_image,
    diffusion_grid,
    draw_scanner,
    on_grid,
    receive_field,
    rician,
)
from backend.science.synthetic.anatomy import IDENTITY, Field
from backend.science.synthetic.tissue import Tissue

OBLIQUE = (1.0, 0.0, 0.0, 0.0, 0.96, 0.28, 0.0, -0.28, 0.96)
FIELD = Field((96, 96, 10), (1.0, 1.0, 3.0), (-40.0, -30.0, 5.0), OBLIQUE)
IDEAL = Scanner(1.0, 0.0, (0.0,) * 6, 100.0, 1e-6, True, (0.0, 0.0), 0.0, 0.0, 0.0, (0.85, 1.0), 2.0)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def flat(diffusion: float = 1400.0, water: float = 1.0) -> Tissue:
    shape = FIELD.shape
    maps = (np.full(shape, value, np.float32) for value in (300.0, diffusion, water))
    return Tissue(FIELD, *maps)


def test_ideal_scanner_returns_the_tissue() -> None:
    grid = diffusion_grid(FIELD, IDEAL)
    high, adc = acquire_diffusion(flat(), grid, IDEAL, rng())
    assert (acquire_t2(flat(), FIELD, IDEAL, rng()) == 300).all()
    np.testing.assert_allclose(adc, 1400, atol=1)
    expected = 100 * np.exp(-LOW_B * 1400e-6) * np.exp(-(HIGH_B - LOW_B) * 1400e-6)
    np.testing.assert_allclose(high, round(expected), atol=0)


def test_rician_noise_has_rayleigh_mean_without_signal_and_gaussian_spread_with() -> None:
    empty = rician(np.zeros((40, 100, 100), np.float32), 2.0, rng())
    strong = rician(np.full((40, 100, 100), 100.0, np.float32), 2.0, rng())
    assert empty.mean() == pytest.approx(2.0 * np.sqrt(np.pi / 2), rel=0.01)
    assert strong.std() == pytest.approx(2.0, rel=0.01)


def test_adc_is_zero_where_the_signal_drowns() -> None:
    scanner = replace(IDEAL, diffusion_noise=0.03)
    tissue = flat(water=0.01)
    _, adc = acquire_diffusion(tissue, diffusion_grid(FIELD, scanner), scanner, rng())
    assert (adc == 0).mean() > 0.5


def test_computed_high_b_holds_small_integers_and_acquired_does_not() -> None:
    computed, acquired = (draw_scanner(np.random.default_rng(4), center) for center in ("RUMC", "PCNN"))
    values = [acquire_diffusion(flat(), diffusion_grid(FIELD, s), s, rng())[0].mean() for s in (computed, acquired)]
    assert values[0] < 40 < values[1]


def test_diffusion_grid_is_coarse_centred_and_keeps_the_direction() -> None:
    grid = diffusion_grid(FIELD, IDEAL)
    assert grid.spacing == (2.0, 2.0, 3.0)
    assert grid.direction == OBLIQUE
    assert grid.size[0] != FIELD.size[0] // 2
    assert grid.size[2] == FIELD.size[2]
    middle = [np.mean(g.corners(), axis=0) for g in (grid, FIELD)]
    np.testing.assert_allclose(middle[0], middle[1], atol=1e-6)


def test_shifted_slices_lie_inside_the_t2_field() -> None:
    grid = diffusion_grid(FIELD, replace(IDEAL, slice_shift=1.2))
    assert grid.size[2] == FIELD.size[2] - 1
    first, last = FIELD.index(grid.corners())[:, 2].min(), FIELD.index(grid.corners())[:, 2].max()
    assert first > 0
    assert last < FIELD.size[2] - 1


def test_diffusion_voxels_come_from_their_physical_place() -> None:
    tissue = flat()
    tissue.water[:, 30:40, 20:30] = 6.0  # asymmetric, off centre
    grid = diffusion_grid(FIELD, IDEAL)
    high, _ = acquire_diffusion(tissue, grid, IDEAL, rng())
    bright = np.argwhere(high > 2 * np.median(high))[:, ::-1].mean(axis=0)
    np.testing.assert_allclose(FIELD.index(grid.point(bright)), [24.5, 34.5, 4.5], atol=0.3)


def test_misregistration_moves_diffusion_by_the_stated_shift() -> None:
    tissue = flat()
    tissue.water[:, 40:56, 40:56] = 6.0
    grid = diffusion_grid(FIELD, IDEAL)
    places = []
    for shift in ((0.0, 0.0), (3.0, 0.0)):
        high, _ = acquire_diffusion(tissue, grid, replace(IDEAL, shift=shift), rng())
        weight = np.clip(high.astype(float) - 1.5 * np.median(high), 0, None).sum(axis=(0, 1))
        places.append((weight * np.arange(grid.size[0])).sum() / weight.sum() * 2.0)
    assert places[0] - places[1] == pytest.approx(3.0, abs=0.2)


def test_bias_field_is_smooth_and_around_one() -> None:
    field = receive_field(FIELD, (0.2, 0.1, 0.0, 0.0, 0.0, 0.0))
    assert field[0, 48, 95] / field[0, 48, 0] == pytest.approx(np.exp(0.4), rel=1e-3)
    assert np.abs(np.diff(field, axis=2)).max() < 0.01


def test_finer_grid_is_interpolated_at_the_same_places() -> None:
    fine = Field((192, 192, 10), (0.5, 0.5, 3.0), FIELD.origin, OBLIQUE)
    ramp = np.broadcast_to(np.arange(96, dtype=np.float32), FIELD.shape).copy()
    values = on_grid(ramp, FIELD, fine)
    np.testing.assert_allclose(values[5, 60, :190], np.arange(190) / 2, atol=1e-3)


def test_image_carries_the_grid() -> None:
    image = as_image(np.zeros(FIELD.shape, np.uint16), FIELD)
    assert Field.of(image) == FIELD


def test_flat_grid_without_tilt_keeps_identity() -> None:
    plain = Field((32, 32, 8), (1.0, 1.0, 3.0), (0.0, 0.0, 0.0), IDENTITY)
    assert diffusion_grid(plain, IDEAL).direction == IDENTITY

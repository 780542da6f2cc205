"""Contrasts of zones and findings before acquisition."""

import numpy as np
import pytest

from backend.science.synthetic.anatomy import IDENTITY, PZ, TZ, Anatomy, Field, build, draw_prostate
from backend.science.synthetic.pelvis import TISSUE, Kind, gland_box, paint_pelvis
from backend.science.synthetic.tissue import GRADE, Texture, Tissue, correlated, draw_texture, drift, render

FIELD = Field((112, 112, 24), (1.0, 1.0, 3.0), (0.0, 0.0, 0.0), IDENTITY)


def rendered(seed: int, pirads: int) -> tuple[Anatomy, Tissue]:
    rng = np.random.default_rng(seed)
    anatomy = build(draw_prostate(rng, pirads), FIELD)
    return anatomy, render(anatomy, draw_texture(rng), rng, np.random.default_rng([seed, 1]))


def high_b(tissue: Tissue) -> np.ndarray:
    return tissue.water * np.exp(-1400e-6 * tissue.diffusion)


@pytest.fixture(scope="module")
def contrasts() -> dict[int, np.ndarray]:
    """Finding over the rest of its zone, mean of 8 patients: T2, diffusion, high-b signal, by PI-RADS."""
    table = {}
    for grade in (3, 4, 5):
        ratios = []
        for seed in range(8):
            anatomy, tissue = rendered(seed, grade)
            inside = anatomy.suspicion == grade
            beside = (anatomy.zones == np.median(anatomy.zones[inside])) & (anatomy.suspicion == 0)
            maps = (tissue.t2, tissue.diffusion, high_b(tissue))
            ratios.append([values[inside].mean() / values[beside].mean() for values in maps])
        table[grade] = np.mean(ratios, axis=0)
    return table


def test_findings_are_dark_on_t2_and_adc_and_bright_at_high_b(contrasts: dict[int, np.ndarray]) -> None:
    for t2, diffusion, signal in contrasts.values():
        assert t2 < 0.95
        assert diffusion < 0.9
        assert signal > 1.15


def test_contrast_grows_with_pirads(contrasts: dict[int, np.ndarray]) -> None:
    t2, diffusion, signal = np.array([contrasts[grade] for grade in (3, 4, 5)]).T
    assert (np.diff(t2) < 0).all()
    assert (np.diff(diffusion) < 0).all()
    assert (np.diff(signal) > 0).all()
    assert list(GRADE.values()) == sorted(GRADE.values())


def test_peripheral_zone_is_brighter_than_transition_zone_and_diffuses_more() -> None:
    for seed in range(4):
        anatomy, tissue = rendered(seed, 2)
        pz, tz = anatomy.zones == PZ, anatomy.zones == TZ
        assert tissue.t2[pz].mean() > 1.1 * tissue.t2[tz].mean()
        assert tissue.diffusion[pz].mean() > 1.08 * tissue.diffusion[tz].mean()


def test_gland_diffusion_averages_as_in_the_real_cases() -> None:
    means = []
    for seed in range(8):
        anatomy, tissue = rendered(seed, 2)
        means.append(tissue.diffusion[anatomy.gland].mean())
    assert 1250 < np.mean(means) < 1450


def test_two_patients_differ_in_texture_and_a_second_study_only_drifts() -> None:
    first, other = (draw_texture(np.random.default_rng(seed)) for seed in (0, 1))
    later = drift(first, np.random.default_rng(5))
    names = ("grain", "stretch", "pz_strength", "tz_strength", "pz_brightness", "tz_brightness", "septa")

    def apart(texture: Texture) -> float:
        return float(np.mean([abs(np.log(getattr(texture, n) / getattr(first, n))) for n in names]))

    assert 0 < apart(later) < 0.05 < apart(other)
    assert later.nodules == first.nodules


def test_pelvis_has_bladder_above_rectum_behind_bone_beside() -> None:
    anatomy = build(draw_prostate(np.random.default_rng(0), 2), FIELD)
    gland = gland_box(anatomy.gland, FIELD)
    labels = paint_pelvis(FIELD, gland, np.random.default_rng(0))
    z, y, x = (axis.ravel() for axis in np.indices(FIELD.shape))
    flat = labels.ravel()
    assert z[flat == Kind.URINE].mean() > z[anatomy.gland.ravel()].mean() + 5
    assert y[flat == Kind.STOOL].min() > 56
    assert np.abs(x[flat == Kind.MUSCLE] - 55.5).mean() > 25
    assert set(TISSUE) == set(Kind)


def test_correlated_noise_has_unit_variance_and_the_asked_length() -> None:
    noise = correlated((8, 96, 96), (0.0, 2.0, 2.0), np.random.default_rng(0))
    assert noise.std() == pytest.approx(1.0, abs=1e-3)
    lagged = [float((noise[:, :, lag:] * noise[:, :, :-lag]).mean()) for lag in (1, 4)]
    expected = [np.exp(-(lag**2) / (4 * 2.0**2)) for lag in (1, 4)]
    np.testing.assert_allclose(lagged, expected, atol=0.06)

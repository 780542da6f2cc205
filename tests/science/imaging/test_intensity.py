"""Each rule of intensity against its definition in numpy, inside an image's field, beyond it and in the padding."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.science.imaging.encoder_input import encoder_input, encoder_volume
from backend.science.imaging.intensity import NONZERO, Intensity, seen
from backend.science.imaging.prepare import PreparedCase, prepare
from backend.science.imaging.sliding_window import windows

SPACING = (1.0, 1.0, 1.0)


def image_of(array: np.ndarray, origin=(0.0, 0.0, 0.0)) -> sitk.Image:
    image = sitk.GetImageFromArray(array.astype(np.float32))
    image.SetOrigin(origin)
    return image


@pytest.fixture
def hounsfield() -> np.ndarray:
    """A CT with air, fat, water (0 HU), tissue and metal."""
    rng = np.random.default_rng(5)
    values = rng.choice([-1024, -900, -100, 0, 40, 300, 3000], size=(9, 11, 13)).astype(np.float32)
    return values + np.where(values == 0, 0, rng.integers(0, 9, values.shape)).astype(np.float32)


def test_each_rule_is_its_definition(hounsfield) -> None:
    x = hounsfield.astype(np.float64)
    nonzero = x[x != 0]
    low, high = np.percentile(x, [2, 95])
    expected = {
        NONZERO: np.where(x != 0, (x - nonzero.mean()) / nonzero.std(), 0),
        Intensity("z-score"): (x - x.mean()) / x.std(),
        Intensity("min-max"): (x - x.min()) / (x.max() - x.min()),
        Intensity("none"): x,
        Intensity("window", (-1000, 400)): (np.minimum(np.maximum(x, -1000), 400) + 1000) / 1400,
        Intensity("percentile", (2, 95)): (np.minimum(np.maximum(x, low), high) - low) / (high - low),
    }
    beyond = {Intensity("none"): x.min()}
    for rule, values in expected.items():
        found, outside = seen(hounsfield, rule)
        np.testing.assert_allclose(found, values, atol=1e-12, err_msg=str(rule))
        assert outside == beyond.get(rule, 0.0), rule
    assert seen(np.abs(hounsfield), Intensity("none"))[1] == 0.0, "nothing lies below 0"


def test_zeros_count_for_the_rule_over_non_zero_voxels_alone(hounsfield) -> None:
    tissue = np.abs(hounsfield)
    for rule in (Intensity("z-score"), Intensity("min-max"), Intensity("window", (0, 400))):
        assert np.array_equal(seen(tissue, rule, 0.1)[0], seen(tissue, rule)[0])
    kept = np.where(tissue < 0.02 * np.quantile(tissue[tissue != 0].astype(np.float64), 0.999), 0, tissue)
    assert (kept == 0).sum() > (tissue == 0).sum()
    np.testing.assert_allclose(seen(tissue, NONZERO, 0.02)[0], seen(kept, NONZERO)[0], atol=1e-12)


@pytest.mark.parametrize("rule", ["z-score nonzero", "z-score", "min-max", "percentile", "window", "none"])
def test_an_image_of_one_value_gives_finite_numbers(rule) -> None:
    ends = {"percentile": (1.0, 99.0), "window": (0.0, 10.0)}.get(rule, (0.0, 0.0))
    found, _ = seen(np.full((3, 4, 5), 7, np.float32), Intensity(rule, ends))
    assert np.unique(found).tolist() == [{"window": 0.7, "none": 7.0}.get(rule, 0.0)]


def two_fields(hounsfield: np.ndarray) -> PreparedCase:
    """A CT, and a second image that covers the lower four slices of it."""
    small = hounsfield[:4] * 2
    return prepare({"CT": image_of(hounsfield), "PET": image_of(small)}, {}, SPACING, reference="CT")


def test_what_was_not_measured_is_as_the_padding_and_counts_for_nothing(hounsfield) -> None:
    case = two_fields(hounsfield)
    measured = case.measured("PET")
    assert case.measured("CT") is None
    assert measured is not None
    assert np.array_equal(measured, np.arange(9)[:, None, None] < np.full((9, 11, 13), 4))
    x = hounsfield[:4].astype(np.float64) * 2
    low, high = np.percentile(x, [5, 90])
    for rule, expected, beyond in (
        (Intensity("window", (-1000, 400)), (np.clip(x, -1000, 400) + 1000) / 1400, 0.0),
        (Intensity("z-score"), (x - x.mean()) / x.std(), 0.0),
        (Intensity("min-max"), (x - x.min()) / (x.max() - x.min()), 0.0),
        (Intensity("percentile", (5, 90)), (np.clip(x, low, high) - low) / (high - low), 0.0),
        (Intensity("none"), x, x.min()),
    ):
        channel = encoder_input(case, (15, 15, 15), SPACING, ["PET"], intensity={"PET": rule})[0]
        np.testing.assert_allclose(channel[3:7, 2:13, 1:14], expected, rtol=1e-6, atol=1e-6, err_msg=str(rule))
        rest = np.ones(channel.shape, bool)
        rest[3:7, 2:13, 1:14] = False
        assert np.unique(channel[rest]).tolist() == [np.float32(beyond)], rule


def test_a_field_that_lies_aslant_is_known_too(hounsfield) -> None:
    turned = image_of(hounsfield * 0 + 50)
    axis = np.cos(0.3), np.sin(0.3)
    turned.SetDirection((axis[0], -axis[1], 0, axis[1], axis[0], 0, 0, 0, 1))
    case = prepare({"CT": image_of(hounsfield), "PET": turned}, {}, SPACING, reference="CT")
    field = case.measured("PET")
    assert field is not None
    points = case.grid.point(np.argwhere(np.ones(hounsfield.shape))[:, ::-1])
    assert np.array_equal(field.ravel(), case.fields["PET"].contains(points))


def test_a_modality_may_be_several_channels_and_the_order_is_as_asked(hounsfield) -> None:
    case, rules = two_fields(hounsfield), {"CT": Intensity("window", (-1000, 400))}
    three = encoder_input(case, (9, 11, 13), SPACING, ["CT", "PET", "CT"], intensity=rules)
    assert np.array_equal(three[0], three[2])
    swapped = encoder_input(case, (9, 11, 13), SPACING, ["PET", "CT"], intensity=rules)
    assert np.array_equal(three[:2], swapped[::-1])


def test_a_whole_case_is_padded_with_what_lies_beyond_it(hounsfield) -> None:
    case, rules = two_fields(hounsfield), {"CT": Intensity("none")}
    whole = encoder_volume(case, SPACING, ["CT"], intensity=rules, window=(16, 8, 8))
    assert whole.shape == (1, 16, 11, 13)
    pieces = list(windows(whole, (16, 8, 8), 0.5))
    assert all(piece[0, 0].min() == piece[0, 0].max() == hounsfield.min() for piece in pieces), "air, not water"
    assert encoder_volume(case, SPACING, ["CT"], window=(16, 8, 8)).shape == (1, 9, 11, 13), "0 is right: as it was"

"""ADC maps of every unit become one; values that fit none are named."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.ingest.checks.adc_unit import in_one_unit
from tests.ingest.files import box, volume


def adc_map(factor, kind=np.float32):
    """Noise around 1400 in 1e-6 mm2/s, 0 outside the body, in another unit."""
    values = np.random.default_rng(3).normal(1400, 300, (9, 22, 24)).clip(400, 3200)
    values[:, :, :4] = 0
    image = sitk.GetImageFromArray((values * factor).astype(kind))
    image.CopyInformation(volume())
    return image, np.float32(values)


GLAND = box((6, 4, 1), (20, 18, 8))


@pytest.mark.parametrize("gland", [GLAND, None])
@pytest.mark.parametrize(("factor", "unit"), [(1e-3, "1e-3 mm2/s"), (1e-6, "mm2/s")])
def test_other_units_are_converted_and_said(factor, unit, gland):
    image, true = adc_map(factor)
    made = in_one_unit(image, gland, "")
    assert np.allclose(sitk.GetArrayFromImage(made.image), true, rtol=1e-6)
    assert made.image.GetOrigin() == image.GetOrigin()
    (finding,) = made.findings
    assert (finding.code, finding.level) == ("adc_unit", "note")
    assert finding.sentence.startswith(f"ADC was in {unit} (its median ")
    assert ("in the gland" in finding.sentence) is (gland is not None)


def test_zeros_outside_a_small_body_are_no_part_of_the_median():
    image, true = adc_map(1e-3)
    values = sitk.GetArrayFromImage(image)
    values[:, :, :16] = 0
    few = sitk.GetImageFromArray(values)
    few.CopyInformation(image)
    (finding,) = in_one_unit(few, None, "").findings
    assert f"(its median of its positive voxels is {np.median(true[:, :, 16:]) / 1000:.4g})" in finding.sentence


def test_the_usual_unit_stays_as_it_is():
    image, _ = adc_map(1, np.int16)
    made = in_one_unit(image, GLAND, "um2/s")
    assert made.image is image
    assert made.findings == ()


@pytest.mark.parametrize("stated", ["mm2/s", "10^-3 mm2/s", "1e-3 mm2/s"])
def test_a_stated_unit_that_the_values_deny_is_said(stated):
    made = in_one_unit(adc_map(1)[0], GLAND, stated)
    (finding,) = made.findings
    assert finding.code == "adc_unit_contradicted"
    assert "as in 1e-6 mm2/s; the values were believed" in finding.sentence


@pytest.mark.parametrize("stated", ["10^-6 mm2/s", "1E-06 mm2/s", "um2/s", "10-6.mm2/s", "x10^-6 mm^2/s", "US", "HU"])
def test_a_stated_unit_that_fits_is_silent(stated):
    assert in_one_unit(adc_map(1)[0], GLAND, stated).findings == ()


@pytest.mark.parametrize("factor", [0.1, 20.0, 1e-4, 1e-9])
def test_values_of_no_unit_are_named(factor):
    image, _ = adc_map(factor)
    made = in_one_unit(image, GLAND, "")
    (finding,) = made.findings
    assert (finding.code, finding.level) == ("adc_unit_unknown", "warning")
    assert made.image is image

"""A value far beyond all others is found, and the tail of real images is not."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.ingest.checks.far_values import far_values


def image(*, hot=None, seed=0):
    values = np.random.default_rng(seed).gamma(2.0, 100.0, (20, 128, 128)).astype(np.float32)
    values[:, :20] = 0
    if hot is not None:
        values[10, 60, 60] = hot
    return sitk.GetImageFromArray(values)


@pytest.mark.parametrize("hot", [1e30, -1e30, 65535.0])
def test_one_voxel_far_beyond_is_found(hot):
    (finding,) = far_values({"T2": image(hot=hot), "ADC": image(seed=1)})
    assert finding.code == "far_value"
    assert finding.sentence.startswith("T2 holds 1 voxel far beyond all others: up to ")


@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_what_is_no_number_is_not_compared(nothing):
    assert far_values({"ADC": image(hot=nothing)}) == []


def test_a_long_tail_and_an_empty_image_are_not_found():
    assert far_values({"T2": image(), "DWI": sitk.Image(8, 8, 4, sitk.sitkFloat32)}) == []

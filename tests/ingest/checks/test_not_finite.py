"""NaN and infinite voxels: 0 away from every mask, a refusal in or beside one."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.ingest.cohort import ingest
from backend.ingest.study import Accepted, Rejected
from tests.ingest.files import box, volume, write_study


def study(folder, where, value=np.nan, ending=".mha"):
    """A study whose ADC is not finite at a voxel (x, y, z); the gland is 4..19, 4..17, 1..7."""
    write_study(folder, without=("adc",))
    image = sitk.Cast(volume(seed=2), sitk.sitkFloat32)
    image[where] = value
    sitk.WriteImage(image, str(folder / f"100_7_adc{ending}"))
    (answer,) = ingest(folder, spacing=(1.0, 1.0, 3.0))
    return answer


@pytest.mark.parametrize("ending", [".mha", ".nrrd", ".nii.gz"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_such_a_voxel_away_from_the_masks_counts_as_0_and_is_said(tmp_path, ending, value):
    answer = study(tmp_path, (0, 21, 4), value, ending)
    assert isinstance(answer, Accepted)
    expected = sitk.GetArrayFromImage(volume(seed=2)).astype("f4")
    expected[4, 21, 0] = 0
    assert np.array_equal(sitk.GetArrayFromImage(answer.acquired.images["ADC"]), expected)
    assert "ADC holds 1 voxel not finite (NaN or infinite), away from every mask, counted as 0." in answer.warnings


@pytest.mark.parametrize("where", [(2, 10, 4), (21, 10, 4), (10, 10, 8)])
def test_no_further_than_interpolation_sees(tmp_path, where):
    answer = study(tmp_path, where)
    assert isinstance(answer, Accepted) == (where[2] != 8)  # the slice beside it is seen


@pytest.mark.parametrize("where", [(10, 10, 4), (3, 10, 4), (20, 10, 4)])
def test_such_a_voxel_in_or_beside_a_mask_refuses_the_study(tmp_path, where):
    answer = study(tmp_path, where)
    assert isinstance(answer, Rejected)
    assert answer.reason == (
        "case 100_7: ADC holds 1 voxel in or beside a mask not finite (NaN or infinite); repair it, or draw the mask "
        "without them."
    )


MASKS = {
    "0.00392157": 1 / 255,
    "300": 300,
    "-1": -1,
    "nan": np.nan,
}


@pytest.mark.parametrize("shown", MASKS)
def test_masks_of_other_values_are_refused_by_value(tmp_path, shown):
    gland = sitk.Cast(box((4, 4, 1), (20, 18, 8)), sitk.sitkFloat32) * MASKS[shown]
    write_study(tmp_path, gland=gland)
    (answer,) = ingest(tmp_path, spacing=(1.0, 1.0, 3.0))
    assert isinstance(answer, Rejected)
    assert answer.reason == (
        f"case 100_7: the gland mask holds {shown}, which is no label: whole numbers from 0 to 255; export it as a "
        "label map."
    )


@pytest.mark.parametrize(
    ("kind", "value", "ending"),
    [
        (sitk.sitkInt64, 1, ".nrrd"),
        (sitk.sitkInt64, 1, ".mha"),
        (sitk.sitkUInt64, 1, ".nrrd"),
        (sitk.sitkFloat32, 0.9999999, ".mha"),
        (sitk.sitkFloat64, 1.0, ".nii.gz"),
        (sitk.sitkInt16, 255, ".nii.gz"),
    ],
)
def test_whole_numbers_of_any_type_are_a_mask(tmp_path, kind, value, ending):
    drawn = box((4, 4, 1), (20, 18, 8))
    write_study(tmp_path, without=("gland",))
    sitk.WriteImage(sitk.Cast(drawn, sitk.sitkFloat64) * value if kind in (sitk.sitkFloat32, sitk.sitkFloat64) else
                    sitk.Cast(drawn, kind) * value, str(tmp_path / f"100_7_gland{ending}"))  # fmt: skip
    (answer,) = ingest(tmp_path, spacing=(1.0, 1.0, 3.0))
    assert isinstance(answer, Accepted)
    assert answer.volumes_ml["gland"] == pytest.approx(16 * 14 * 7 * 3 / 1000)

"""Masks as whole numbers."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.ingest.regions import whole_labels
from backend.ingest.rejection import Rejection


def mask(*values: float) -> sitk.Image:
    return sitk.GetImageFromArray(np.array(values, np.float32).reshape(1, 1, -1))


def test_labels_that_a_program_scaled_are_whole_again() -> None:
    labels = whole_labels(mask(0, 0.9999999, 2.0000002, 255), "lesion")
    assert labels.GetPixelID() == sitk.sitkUInt8
    assert sitk.GetArrayFromImage(labels).ravel().tolist() == [0, 1, 2, 255]


@pytest.mark.parametrize("value", [0.5, 256.0, -1.0, np.nan])
def test_what_is_no_label_is_refused_by_its_value(value: float) -> None:
    with pytest.raises(Rejection, match=f"The lesion mask holds {value:.6g}, which is no label"):
        whole_labels(mask(0, 1, value), "lesion")

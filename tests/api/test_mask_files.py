"""Masks of a case as DICOM segmentations."""

import io

import numpy as np
import pydicom
import SimpleITK as sitk
from starlette.testclient import TestClient

from tests.api import server
from tests.api.reads import a_case


def test_each_mask_comes_as_a_segmentation_of_its_voxels(reader: TestClient, filled: server.Filled) -> None:
    case = a_case(reader, filled)
    _, masks = server.phantom()
    for roi, mask in masks.items():
        answer = reader.get(f"/api/v1/cases/{case.id}/masks/{roi}.dcm")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/dicom"
        assert answer.headers["content-disposition"] == f'attachment; filename="{roi}.dcm"'
        made = pydicom.dcmread(io.BytesIO(answer.content))
        values = sitk.GetArrayFromImage(mask)
        expected = [values == value for value in range(1, values.max() + 1)]
        assert made.pixel_array.sum() == sum(np.count_nonzero(each) for each in expected)
        assert np.array_equal(made.pixel_array[0], expected[0][expected[0].any(axis=(1, 2))][0])
        assert made.PatientID == case.patient_id
        assert not str(made.PatientName)


def test_masks_that_are_not_there_are_told(reader: TestClient, filled: server.Filled) -> None:
    case = a_case(reader, filled)
    assert reader.get("/api/v1/cases/none/masks/gland.dcm").status_code == 404
    assert reader.get(f"/api/v1/cases/{case.id}/masks/bladder.dcm").status_code == 422
    assert reader.get(f"/api/v1/cases/{case.id}/masks/gland").status_code == 200

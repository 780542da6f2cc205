"""A DICOM segmentation as the mask file of a study in another format."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from backend.errors import Refusal
from backend.ingest.cohort import ingest
from backend.ingest.layouts.detect import plan
from backend.ingest.sandbox.read_images import read_images
from tests.ingest.dicom.seg_files import blob, write_images, write_rtstruct, write_seg
from tests.ingest.files import volume, write_study


def study(folder, masks, labels, change=None):
    """Images in MetaImage on the grid of the DICOM series that the segmentation was drawn on."""
    write_study(folder / "study", without=("gland", "lesion"))
    path = folder / "study" / "100_7_gland.dcm"
    write_seg(path, write_images(folder / "drawn-on"), masks, labels, change=change)
    return path


def test_it_is_read_on_its_own_grid_and_lies_where_it_was_drawn(tmp_path):
    study(tmp_path, blob(), ["Segment_1"])
    (case,) = ingest(tmp_path / "study")
    t2 = volume()
    drawn = sitk.Resample(case.acquired.masks["gland"], t2, sitk.Transform(), sitk.sitkNearestNeighbor)
    assert np.array_equal(sitk.GetArrayFromImage(drawn), blob())
    assert {"regridded", "unverifiable"} <= {finding.code for finding in case.findings}
    assert [path.name for path in plan(tmp_path / "study").cases[0].masks.values()] == ["100_7_gland.dcm"]


def test_of_several_segments_the_one_of_the_files_name_is_taken(tmp_path):
    inner = blob(1) & ~blob(2, 3, 6)
    path = study(tmp_path, np.stack([blob(2, 3, 6), inner], -1), ["Bladder", "Whole Gland"])
    (case,) = ingest(tmp_path / "study")
    assert case.volumes_ml["gland"] == pytest.approx(inner.sum() * 3 / 1000)
    answer = read_images({"gland": path}, [tmp_path])["gland"]
    assert dict(answer.segments) == {1: "bladder", 2: "gland"}


def refusal(path):
    answer = read_images({"gland": path}, [path.parent])["gland"]
    assert isinstance(answer, Refusal)
    return answer.sentence


def test_what_has_no_voxels_of_one_map_is_refused_by_name(tmp_path):
    path = study(tmp_path, np.stack([blob(2, 3, 6), blob(1)], -1), ["Lesion", "Whole Gland"])
    assert refusal(path) == (
        "100_7_gland.dcm holds segments that overlap (1 and 2); put it beside the DICOM images that it was drawn on, "
        "or save each in a file of its own."
    )
    write_rtstruct(path, {"Prostate": []})
    assert refusal(path) == (
        "100_7_gland.dcm is a structure set, whose contours have no voxels; put it beside the DICOM images that it was "
        "drawn on."
    )
    image = pydicom.dcmread(next((tmp_path / "drawn-on" / "4").iterdir()))
    image.save_as(path)
    assert refusal(path) == "100_7_gland.dcm is a DICOM file, but no segmentation; a mask must be one."


def test_missing_frames_are_told_here_too(tmp_path):
    mask = blob()
    mask[4] = False
    study(tmp_path, mask, ["Prostate"])
    (case,) = ingest(tmp_path / "study")
    found = {finding.code: finding.sentence for finding in case.findings}
    assert found["mask_doubtful"] == "segment 1 of 100_7_gland.dcm lacks 1 frames between others."


def test_beside_dicom_images_it_is_read_with_them(tmp_path):
    folder = tmp_path / "100_7"
    write_seg(folder / "100_7_gland.dcm", write_images(folder), blob(), ["Prostate"])
    (case,) = ingest(tmp_path)
    assert case.study_id == "100_7"
    found = {finding.code: finding.sentence for finding in case.findings}
    assert found["masks_of_dicom"] == "The mask of gland is segment 1 of 100_7_gland.dcm."
    assert "mask_unused" not in found

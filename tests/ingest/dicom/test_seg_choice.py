"""Masks of DICOM objects in a cohort: a file beside the study counts first, and a study without any is told so."""

import numpy as np
import SimpleITK as sitk

from backend.ingest.cohort import ingest
from tests.ingest.dicom.seg_files import write_images, write_seg
from tests.ingest.files import box

GLAND = np.zeros((9, 22, 24), bool)
GLAND[2:6, 4:18, 5:20] = True


def study(folder, *, labels=("Prostate",)):
    files = write_images(folder / "dicom")
    if labels:
        write_seg(folder / "dicom" / "seg" / "s.dcm", files, np.stack([GLAND] * len(labels), -1), list(labels))


def answers(root):
    return {each.study_id: each for each in ingest(root)}


def codes(case):
    return {finding.code: finding.sentence for finding in case.findings}


def test_a_file_beside_the_study_counts_before_a_dicom_object(tmp_path):
    study(tmp_path, labels=("Prostate", "Lesion"))
    sitk.WriteImage(box((4, 4, 1), (20, 18, 8)), str(tmp_path / "200_9_gland.nii.gz"))
    case = answers(tmp_path)["200_9"]
    assert case.volumes_ml == {"gland": 16 * 14 * 7 * 3 / 1000, "lesion": GLAND.sum() * 3 / 1000}
    assert codes(case)["mask_unused"] == "DICOM objects of the study draw gland, too; the file beside it was taken."


def test_an_object_that_cannot_be_read_is_told_beside_the_file_that_was_taken(tmp_path):
    files = write_images(tmp_path / "dicom")
    write_seg(
        tmp_path / "dicom" / "s.dcm", files, GLAND, ["Prostate"], change=lambda ds: delattr(ds, "SegmentationType")
    )
    sitk.WriteImage(box((4, 4, 1), (20, 18, 8)), str(tmp_path / "200_9_gland.nii.gz"))
    found = codes(answers(tmp_path)["200_9"])
    assert found["mask_unused"].startswith("The segmentation s.dcm has a SegmentationType (0062,0001) other than")
    assert "masks_of_dicom" not in found


def test_among_studies_with_masks_one_with_a_segmentation_is_read_and_one_without_is_told(tmp_path):
    study(tmp_path / "a")
    study(tmp_path / "b", labels=())
    study(tmp_path / "c", labels=("Bladder",))
    study(tmp_path / "d", labels=())
    sitk.WriteImage(box((4, 4, 1), (20, 18, 8)), str(tmp_path / "d" / "200_9_gland.nii.gz"))
    found = answers(tmp_path)
    assert found["a"].volumes_ml["gland"] == GLAND.sum() * 3 / 1000
    assert found["200_9"].volumes_ml["gland"] == 16 * 14 * 7 * 3 / 1000
    for name in "bc":
        assert found[name].reason == (
            f"case {name}: there is no gland mask; add {name}_gland.nii.gz, or a DICOM SEG or RTSTRUCT that names the "
            "prostate."
        )
        assert found[name].code == "no_gland"

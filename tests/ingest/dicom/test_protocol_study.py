"""DICOM studies of other organs on disk: volumes in their unit, contours and segments by the protocol's regions."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from backend.ingest.layouts.detect import plan
from backend.ingest.reading import Accepted, Choices, Reading, Rejected
from backend.ingest.study import read_or_reject
from shared.protocols.reader import built_in, read_protocol
from tests.ingest.dicom.protocol_trees import MR, square, write_chest, write_ct, write_head
from tests.ingest.dicom.seg_files import SPACE, write_rtstruct, write_seg
from tests.ingest.files import box, write_series

BRAIN, LUNG = built_in("brain-glioma-mri"), built_in("lung-ct")


def read(root: Path, protocol, **series: str) -> Accepted | Rejected:
    """The only study of a folder."""
    planned = plan(root, "auto", protocol)
    (case,) = planned.cases
    choices = Choices(series={case.study_id: series})
    how = Reading(None, (1.0, 1.0, 1.0), [root], masks_expected=True, choices=choices, protocol=protocol)
    return read_or_reject(case, how)


def accepted(root: Path, protocol, **series: str) -> Accepted:
    found = read(root, protocol, **series)
    assert isinstance(found, Accepted), found
    return found


def codes(study: Accepted) -> set[str]:
    return {finding.code for finding in study.findings}


def stored(folder: Path) -> np.ndarray:
    """The stored values of a series, from the foot."""
    return np.stack([pydicom.dcmread(path).pixel_array for path in sorted(folder.glob("*.dcm"), reverse=True)])


def test_a_chest_ct_is_in_hounsfield_units_with_the_contours_of_its_tumour(tmp_path: Path) -> None:
    write_chest(tmp_path / "LUNG1-001")
    study = accepted(tmp_path, LUNG)
    assert study.study_id == "LUNG1-001"
    voxels = sitk.GetArrayFromImage(study.acquired.images["CT"])
    assert np.array_equal(voxels, stored(tmp_path / "LUNG1-001" / "ct3").astype(float) - 1024)
    assert study.series["CT"]["reason"] == (
        "series 3: CT, axial, named thorax, kernel B30f, slices of 3 mm; the one of the thinnest slices of 2 that fit "
        "(also 4)"
    )
    nodule = sitk.GetArrayFromImage(study.acquired.masks["nodule"])
    drawn = np.zeros((9, 22, 24), np.uint8)
    drawn[2:6, 4:9, 2:7] = 1  # -8 to -4 mm from an origin of -10, -12, edges included at the low end
    assert nodule.shape == drawn.shape
    assert set(np.unique(nodule)) == {0, 1}
    assert [k for k in range(9) if nodule[k].any()] == [2, 3, 4, 5]
    lung = sitk.GetArrayFromImage(study.acquired.masks["lung"])
    assert np.count_nonzero(lung) > np.count_nonzero(nodule)
    sentences = {finding.code: finding.sentence for finding in study.findings}
    assert sentences["mask_passed"] == "Not used, as another is named exactly like the region: ROI 2 of rs.dcm."
    assert sentences["mask_no_region"] == "Not used, as no word or code names a region: ROI 5 of rs.dcm."
    assert "gland" not in " ".join(sentences.values())


def test_padding_of_a_ct_is_air_and_not_water(tmp_path: Path) -> None:
    files = write_ct(tmp_path / "p1", 3, "chest", PixelPaddingValue=5, PixelRepresentation=0)
    one = pydicom.dcmread(files[0])
    pixels = one.pixel_array.copy()
    pixels[:2] = 5
    one.PixelData = pixels.tobytes()
    one.save_as(files[0])
    write_rtstruct(tmp_path / "p1" / "rs" / "rs.dcm", {"Nodule": [square(-8, -2, 4.0 + 3.0 * k) for k in range(2, 6)]})
    study = accepted(tmp_path, LUNG)
    assert np.all(sitk.GetArrayFromImage(study.acquired.images["CT"])[8, :2] == -1000)
    assert "they count as -1000 HU (air)" in " ".join(finding.sentence for finding in study.findings)


def test_a_segmentation_is_read_by_label_or_code(tmp_path: Path) -> None:
    files = write_ct(
        tmp_path / "p1",
        3,
        "chest",
        StudyID="",
        StudyDate="",
        StudyTime="",
        AccessionNumber="",
        PatientBirthDate="",
        PatientSex="",
        ReferringPhysicianName="",
    )[::-1]
    pixels = np.zeros((9, 22, 24, 2), np.uint8)
    pixels[2:5, 4:8, 6:12, 0] = 1
    pixels[1:8, 2:20, 2:22, 1] = 1
    write_seg(tmp_path / "p1" / "seg" / "seg.dcm", files, pixels, ["Lung nodule", "Right lung"])
    study = accepted(tmp_path, LUNG)
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.masks["nodule"]), pixels[..., 0])
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.masks["lung"]), pixels[..., 1])
    assert study.volumes_ml["nodule"] == pytest.approx(3 * 4 * 6 * 3 / 1000)


def test_a_brain_is_read_with_a_mask_file_beside_it(tmp_path: Path) -> None:
    write_head(tmp_path / "dicom")
    sitk.WriteImage(box((4, 4, 1), (12, 14, 6)), str(tmp_path / "P01_1_seg.nii.gz"))
    study = accepted(tmp_path, BRAIN)
    assert {name: choice["series"] for name, choice in study.series.items()} == {
        "T1ce": "7",
        "FLAIR": "5",
        "T1": "3",
        "T2": "4",
    }
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.images["T1ce"]), stored(tmp_path / "dicom" / "7"))
    assert set(study.acquired.masks) == {"tumor"}


def test_what_several_series_fit_waits_for_a_name_where_it_is_needed(tmp_path: Path) -> None:
    write_head(tmp_path / "dicom")
    sitk.WriteImage(box((4, 4, 1), (12, 14, 6)), str(tmp_path / "P01_1_seg.nii.gz"))
    again = tmp_path / "dicom" / "9"
    write_series(again, 9, "t2_tse_tra", MR, EchoTime=100, FrameOfReferenceUID=SPACE)
    study = accepted(tmp_path, BRAIN)
    assert "T2" not in study.acquired.images
    left = next(finding for finding in study.findings if finding.code == "series_left_out")
    assert left.sentence.startswith("Series 4 and 9 fit T2 equally")
    assert set(accepted(tmp_path, BRAIN, T2="9").acquired.images) == {"T1ce", "FLAIR", "T1", "T2"}
    write_series(tmp_path / "dicom" / "10", 10, "flair", MR, FrameOfReferenceUID=SPACE)
    refused = read(tmp_path, BRAIN)
    assert isinstance(refused, Rejected)
    assert (refused.code, "series 5 and 10 fit FLAIR equally" in refused.reason) == ("series_undecided", True)


def test_a_study_without_its_region_is_refused_with_what_to_add(tmp_path: Path) -> None:
    write_chest(tmp_path / "p1", ("Heart",))
    refused = read(tmp_path, LUNG)
    assert isinstance(refused, Rejected)
    assert refused.code == "region_missing"
    assert refused.reason.endswith("a mask file, or a DICOM SEG or RTSTRUCT that names it.")


def test_parts_of_a_label_map_are_read_by_the_names_of_their_codes(tmp_path: Path) -> None:
    text = """
name: liver
modalities: [{name: CT, required: true, reference: true, dicom: {modality: CT}}]
regions: [{name: parts, kind: labels, codes: {3: left_lobe, 7: right_lobe}}]
grid: {spacing_mm: [1, 1, 1], size_zyx: [64, 64, 64]}
"""
    liver = read_protocol(text, "liver.yaml")
    write_ct(tmp_path / "p1", 3, "abdomen")
    z = [4.0 + 3.0 * k for k in range(2, 6)]
    rois = {"Left lobe": [square(-8, -4, each) for each in z], "Right lobe": [square(0, 6, each) for each in z]}
    write_rtstruct(tmp_path / "p1" / "rs" / "rs.dcm", rois)
    parts = sitk.GetArrayFromImage(accepted(tmp_path, liver).acquired.masks["parts"])
    assert set(np.unique(parts)) == {0, 3, 7}


def test_a_manifest_lists_dicom_folders_with_the_series_to_take(tmp_path: Path) -> None:
    write_ct(tmp_path / "p1", 3, "chest", ConvolutionKernel="B30f")
    write_ct(tmp_path / "p1", 4, "chest", ConvolutionKernel="B70f")
    sitk.WriteImage(box((4, 4, 1), (12, 14, 6)), str(tmp_path / "m.nii.gz"))
    table = tmp_path / "manifest.csv"
    table.write_text("study_id,dicom,series_ct,gtv,stage\nA,p1,4,m.nii.gz,II\n", "utf-8")
    study = accepted(tmp_path, LUNG)
    assert (study.series["CT"]["series"], study.series["CT"]["overridden"]) == ("4", True)
    assert plan(table, "auto", LUNG).cases[0].others == {"stage": "II"}
    table.write_text("study_id,dicom,ct,gtv\nA,p1,m.nii.gz,m.nii.gz\n", "utf-8")
    refused = read(tmp_path, LUNG)
    assert isinstance(refused, Rejected)
    assert refused.reason == "case A: its row names both a DICOM folder and image files; keep one of them."


def test_a_region_that_is_not_required_costs_no_study(tmp_path: Path) -> None:
    """Public chests come with a structure set and a segmentation, which both draw the lung."""
    write_chest(tmp_path / "p1")
    z = [4.0 + 3.0 * k for k in range(2, 6)]
    write_rtstruct(tmp_path / "p1" / "more" / "more.dcm", {"Lung-Left": [square(-8, -2, each) for each in z]})
    study = accepted(tmp_path, LUNG)
    assert set(study.acquired.masks) == {"nodule"}
    left = next(finding for finding in study.findings if finding.code == "mask_left_out")
    assert left.sentence == (
        "Several DICOM objects claim to draw the lung (ROI 1 of more.dcm, ROI 3 of rs.dcm, ROI 4 of rs.dcm); keep one "
        "of them."
    )
    write_rtstruct(tmp_path / "p1" / "third" / "third.dcm", {"GTV-1": [square(-8, -2, each) for each in z]})
    refused = read(tmp_path, LUNG)
    assert isinstance(refused, Rejected)
    assert "Several DICOM objects claim to draw the nodule" in refused.reason


def test_the_series_that_a_mask_was_drawn_on_is_taken(tmp_path: Path) -> None:
    tags = dict.fromkeys(
        ("StudyID", "StudyDate", "StudyTime", "AccessionNumber", "PatientBirthDate", "PatientSex"), ""
    ) | {"ReferringPhysicianName": ""}
    write_ct(tmp_path / "p1", 3, "chest", ConvolutionKernel="B30f", **tags)
    files = write_ct(tmp_path / "p1", 4, "chest", ConvolutionKernel="B70f", **tags)[::-1]
    pixels = np.zeros((9, 22, 24, 1), np.uint8)
    pixels[2:5, 4:8, 6:12] = 1
    write_seg(tmp_path / "p1" / "seg" / "seg.dcm", files, pixels, ["Nodule"])
    study = accepted(tmp_path, LUNG)
    assert study.series["CT"]["reason"] == (
        "series 4: CT, axial, kernel B70f, slices of 3 mm; the one that a mask was drawn on of 2 that fit (also 3)"
    )

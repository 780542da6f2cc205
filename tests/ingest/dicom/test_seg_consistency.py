"""What a DICOM mask says twice must be the same; what may be missing is told. Each input has its sentence."""

from copy import deepcopy

import numpy as np
import pydicom
import pytest

from backend.ingest.checks.finding_codes import CODES
from backend.ingest.cohort import ingest
from backend.ingest.dicom.read_study import read_study
from tests.ingest.dicom.seg_files import blob, drawn, without, write_images, write_rtstruct, write_seg
from tests.ingest.files import write_series

GROUPS = "PerFrameFunctionalGroupsSequence"
INDICES = "The segmentation s.dcm has DimensionIndexValues (0020,9157) that contradict the "


def each_group(ds):
    return ds[GROUPS].value


def shifted(ds):
    place = each_group(ds)[2].PlanePositionSequence[0]
    place.ImagePositionPatient = [float(place.ImagePositionPatient[0]) + 2, *place.ImagePositionPatient[1:]]


def places_rolled(ds):
    del ds.DimensionIndexSequence
    of_gland = each_group(ds)[:5]
    places = [deepcopy(group.PlanePositionSequence) for group in of_gland]
    for group, place in zip(of_gland, [*places[1:], places[0]], strict=True):
        group.PlanePositionSequence = place


def first_two_on_one_index(ds):
    values = each_group(ds)[0].FrameContentSequence[0]
    values.DimensionIndexValues = each_group(ds)[1].FrameContentSequence[0].DimensionIndexValues


def one_segment(ds):
    each_group(ds)[1].SegmentIdentificationSequence[0].ReferencedSegmentNumber = 2


REFUSED = {
    "no groups": (
        without(GROUPS),
        "The segmentation s.dcm does not say where its frames lie (PerFrameFunctionalGroupsSequence (5200,9230)); "
        "export it again.",
    ),
    "sideways": (
        shifted,
        "The segmentation s.dcm has frames shifted sideways against each other; export it again.",
    ),
    "rolled": (
        places_rolled,
        "The segmentation s.dcm has a frame, number 1, that lies 3.0 mm from the image that it names "
        "(ReferencedSOPInstanceUID (0008,1155)); export it again.",
    ),
    "index": (first_two_on_one_index, f"{INDICES}ImagePositionPatient (0020,0032) of its frames; export it again."),
    "segment": (one_segment, f"{INDICES}ReferencedSegmentNumber (0062,000B) of its frames; export it again."),
    "surfaces": (
        lambda ds: setattr(ds, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.66.5"),
        "s.dcm holds masks as surfaces (Surface Segmentation), which is not read; save them as DICOM SEG or RTSTRUCT.",
    ),
    "unknown kind": (
        lambda ds: setattr(ds, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.99"),
        "s.dcm holds masks of a kind that is not known here (SOPClassUID (0008,0016)), which is not read; save them as "
        "DICOM SEG or RTSTRUCT.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_segmentation_that_contradicts_itself_is_refused(tmp_path, name):
    change, sentence = REFUSED[name]
    masks = np.stack([blob(1), blob(2, 3, 6)], -1)
    write_seg(tmp_path / "s.dcm", write_images(tmp_path), masks, ["Prostate", "Lesion"], change=change)
    assert drawn(tmp_path) == sentence


def test_indices_that_are_all_the_same_state_nothing(tmp_path):
    def constant(ds):
        for group in each_group(ds):
            group.FrameContentSequence[0].DimensionIndexValues = [1, 1]

    masks = np.stack([blob(1), blob(2, 3, 6)], -1)
    write_seg(tmp_path / "s.dcm", write_images(tmp_path), masks, ["Prostate", "Lesion"], change=constant)
    assert np.array_equal(drawn(tmp_path), blob(1))
    assert np.array_equal(drawn(tmp_path, "lesion"), blob(2, 3, 6))


def doubts(folder, roi="gland"):
    return read_study(folder).volumes["drawn " + roi].notes.get("mask_doubtful")


def test_frames_that_are_missing_between_others_are_told(tmp_path):
    mask = blob()
    mask[4] = False
    write_seg(tmp_path / "dicom" / "s.dcm", write_images(tmp_path / "dicom"), mask, ["Prostate"])
    assert doubts(tmp_path) == "segment 1 of s.dcm lacks 1 frames between others."
    (case,) = ingest(tmp_path)
    assert "mask_doubtful" in [finding.code for finding in case.findings]
    assert CODES["mask_doubtful"].level == "warning"
    write_seg(tmp_path / "dicom" / "s.dcm", write_again(tmp_path), mask, ["Prostate"], omit_empty_frames=False)
    assert doubts(tmp_path) is None  # the slice has a frame, and it is empty


def write_again(folder):
    return sorted((folder / "dicom" / "4").iterdir())[::-1]


def test_a_segment_that_marks_nothing_is_told(tmp_path):
    masks = np.stack([blob(1), np.zeros_like(blob())], -1)
    write_seg(tmp_path / "s.dcm", write_images(tmp_path), masks, ["Prostate", "Lesion"])
    assert doubts(tmp_path, "lesion") == "segment 2 of s.dcm marks no voxel."


def test_objects_that_are_neither_image_nor_mask_are_counted(tmp_path):
    files = write_images(tmp_path)
    report = pydicom.dcmread(files[0])
    report.SOPClassUID, report.Modality = "1.2.840.10008.5.1.4.1.1.88.22", "SR"
    for keyword in ("Rows", "Columns", "PixelData"):
        delattr(report, keyword)
    report.save_as(tmp_path / "sr.dcm")
    assert read_study(tmp_path).notes["objects_unused"] == ("Not used: 1 DICOM object that is neither image nor mask.")


SQUARE = np.array([(-5, -8, 10), (3, -8, 10), (3, 2, 10), (-5, 2, 10)], float)
DOT = np.array([(-5.3, -8.4, 13), (-5.2, -8.4, 13), (-5.2, -8.3, 13)], float)
BOW = np.array([(-5, -8, 16), (3, 2, 16), (3, -8, 16), (-5, 2, 16)], float)


def test_contours_that_enclose_no_pixel_or_cross_themselves_are_counted(tmp_path):
    write_images(tmp_path)
    write_rtstruct(tmp_path / "r.dcm", {"Prostate": [SQUARE, DOT, BOW]})
    assert doubts(tmp_path) == (
        "1 of 3 contours of ROI 1 of r.dcm enclose the centre of no pixel; 1 of 3 contours of ROI 1 of r.dcm cross "
        "themselves."
    )
    write_rtstruct(tmp_path / "r.dcm", {"Prostate": [SQUARE]})
    assert doubts(tmp_path) is None


def edited(folder, change, names=("Prostate", "Lesion")):
    files = write_images(folder)
    write_rtstruct(folder / "r.dcm", {name: [SQUARE] for name in names})
    made = pydicom.dcmread(folder / "r.dcm")
    change(made, files)
    made.save_as(folder / "r.dcm")
    return drawn(folder)


def doubled(ds, _files):
    ds.ROIContourSequence[1].ReferencedROINumber = 1


def unnamed(ds, _files):
    ds.ROIContourSequence[1].ReferencedROINumber = 7


def to_be_shifted(ds, _files):
    ds.ROIContourSequence[0].ContourSequence[0].ContourOffsetVector = [0, 0, 1.5]


def of_another_slice(ds, files):
    image = pydicom.Dataset()
    image.ReferencedSOPInstanceUID = pydicom.dcmread(files[3]).SOPInstanceUID
    ds.ROIContourSequence[0].ContourSequence[0].ContourImageSequence = [image]


CONTOURS = {
    "doubled": (
        doubled,
        "The structure set r.dcm draws one ROI in several items (ReferencedROINumber (3006,0084)), and which counts is "
        "not stated; export it again.",
    ),
    "unnamed": (
        unnamed,
        "The structure set r.dcm draws ROI 7, which StructureSetROISequence (3006,0020) does not name; export it "
        "again.",
    ),
    "to be shifted": (
        to_be_shifted,
        "The ROI 1 of r.dcm has a contour to be shifted (ContourOffsetVector (3006,0045)), which programs do or do not "
        "do; export it in its place.",
    ),
    "of another slice": (
        of_another_slice,
        "The ROI 1 of r.dcm has a contour that lies 3.0 mm from the image that it names (ReferencedSOPInstanceUID "
        "(0008,1155)); export it again.",
    ),
}


@pytest.mark.parametrize("name", CONTOURS)
def test_a_structure_set_that_contradicts_itself_is_refused(tmp_path, name):
    change, sentence = CONTOURS[name]
    assert edited(tmp_path, change) == sentence


def test_a_frame_larger_than_the_image_does_not_lie_on_its_voxels(tmp_path):
    write_series(tmp_path / "x", 3, "localizer", ["ORIGINAL", "PRIMARY", "LOCALIZER"])
    files = write_images(tmp_path)

    def swapped(ds):
        ds.Rows, ds.Columns = ds.Columns, ds.Rows

    write_seg(tmp_path / "s.dcm", files, blob(), ["Prostate"], change=swapped)
    volume = read_study(tmp_path).volumes["drawn gland"]
    assert volume.voxels.shape[1:] == (24, 22)  # a grid of its own, which every study with one is warned of

"""Segmentations that cannot be placed, or contradict themselves, are refused by name."""

import numpy as np
import pytest
from pydicom.sr.codedict import codes

from tests.ingest.dicom.seg_files import blob, drawn, segment, without, write_images, write_rtstruct, write_seg


def placed(**changes):
    def change(ds):
        for name, value in changes.items():
            setattr(ds, name, value)

    return change


def sparse(ds):
    """Another pixel size, slices left out, and no distance of slices stated."""
    measures = ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    measures.PixelSpacing = [0.5, 0.5]
    del measures.SpacingBetweenSlices


def fractions(ds):
    ds.PixelData = bytes(200 if byte else 0 for byte in ds.PixelData)


def second(ds):
    ds.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence = ds.PerFrameFunctionalGroupsSequence[
        0
    ].PlanePositionSequence


def second_unindexed(ds):
    second(ds)
    del ds.DimensionIndexSequence


def strange_frame(ds):
    ds.SharedFunctionalGroupsSequence[0].SegmentIdentificationSequence[0].ReferencedSegmentNumber = 7


REFUSED = {
    "another space": (
        placed(FrameOfReferenceUID="1.2.3"),
        "BINARY",
        "The segment 1 of s.dcm is in another frame of reference (FrameOfReferenceUID (0020,0052)) than the images, so "
        "where it lies in them is unknown; export mask and images from one place.",
    ),
    "fractions": (
        fractions,
        "FRACTIONAL",
        "The segment 1 of s.dcm holds fractions (SegmentationType (0062,0001) FRACTIONAL, values between 0 and 255), "
        "and another threshold makes another region; choose one and save it as BINARY.",
    ),
    "no maximum": (
        without("MaximumFractionalValue"),
        "FRACTIONAL",
        "The segmentation s.dcm does not state its MaximumFractionalValue (0062,000E); save it as BINARY.",
    ),
    "two frames": (second_unindexed, "BINARY", "The segment 1 of s.dcm has two frames at the same position; keep one."),
    "no segment": (
        strange_frame,
        "BINARY",
        "The segmentation s.dcm has a frame, number 1, of segment 7, which SegmentSequence (0062,0002) does not "
        "describe; export it again.",
    ),
    "no type": (
        without("SegmentationType"),
        "BINARY",
        "The segmentation s.dcm has a SegmentationType (0062,0001) other than BINARY, FRACTIONAL, LABELMAP; export it "
        "as BINARY.",
    ),
    "no gap": (
        sparse,
        "BINARY",
        "The segment 1 of s.dcm does not lie on the voxels of T2 and does not state how far its slices lie apart "
        "(SpacingBetweenSlices (0018,0088)); draw it on an image of the study.",
    ),
    "frames": (
        lambda ds: placed(NumberOfFrames=4, PixelData=ds.PixelData[: 4 * 66])(ds),
        "BINARY",
        "The segmentation s.dcm states 4 frames (NumberOfFrames (0028,0008)) and places 5 "
        "(PerFrameFunctionalGroupsSequence (5200,9230)); export it again.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_placed_is_refused_by_name(tmp_path, name):
    change, kind, sentence = REFUSED[name]
    mask = blob()
    if name == "no gap":
        mask[4] = False
    write_seg(tmp_path / "s.dcm", write_images(tmp_path), mask, ["Prostate"], kind, change)
    assert drawn(tmp_path) == sentence


def test_contradictions_and_doubles_are_refused(tmp_path):
    files = write_images(tmp_path)
    write_seg(tmp_path / "a.dcm", files, blob(), [segment(1, "Prostate", codes.SCT.Lesion)])
    expected = "The segmentation a.dcm has a segment, number 1, that is labelled as gland but coded as lesion; correct "
    assert drawn(tmp_path) == expected + "one of them."
    write_seg(tmp_path / "a.dcm", files, blob(), ["Prostate"])
    write_rtstruct(tmp_path / "b.dcm", {"WG": []})
    expected = "Several DICOM drawings claim to be the gland (segment 1 of a.dcm, ROI 1 of b.dcm); keep one of them."
    assert drawn(tmp_path) == expected
    (tmp_path / "b.dcm").unlink()
    write_seg(tmp_path / "a.dcm", files, np.stack([blob(1), blob(2)], -1), ["PZ", "TZ"])
    count = np.count_nonzero(blob(1) & blob(2))
    expected = f"The zones PZ and TZ (segment 1 of a.dcm, segment 2 of a.dcm) overlap in {count} voxels; correct them "
    assert drawn(tmp_path, "zones") == expected + "where drawn."

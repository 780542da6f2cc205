"""Masks written as DICOM segmentations: pydicom and highdicom read them, and equal voxels come back."""

import io
from datetime import UTC, datetime
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from highdicom._standard_utils import check_required_attributes, get_iod_module_map
from pydicom.sr.codedict import codes

from backend.errors import BadImage, Refusal
from backend.ingest.dicom.read_study import read_study
from backend.rendering.mask_seg import NO_SOURCE, mask_seg
from backend.rendering.seg_source import SourceSeries, series_under
from shared.protocols.reader import BUILT_IN, built_in, prostate
from tests.drawn_cohorts import protocols
from tests.ingest.dicom.seg_files import SPACE, write_images
from tests.ingest.files import volume

ABOUT = {"protocol": prostate(), "case": "c1", "patient": "P1", "made": datetime(2026, 11, 30, 8, 5, tzinfo=UTC)}
LABELS = {"gland": [1], "zones": [1, 2], "lesion": [2, 5]}


def a_mask(roi: str = "gland", seed: int = 0) -> sitk.Image:
    """A ragged mask on the grid of `write_images`, some slices empty."""
    values = np.zeros((9, 22, 24), np.uint8)
    drawn = np.random.default_rng(seed).choice([0, *LABELS[roi]], (5, 14, 15))
    values[2:7, 4:18, 5:20] = drawn
    values[4] = 0
    mask = sitk.GetImageFromArray(values)
    mask.CopyInformation(volume())
    return mask


def back(content: bytes, folder: Path, roi: str) -> np.ndarray:
    """The voxels of a file as an import of the study reads them."""
    (folder / "seg.dcm").write_bytes(content)
    found = read_study(folder).volumes["drawn " + roi]
    assert not isinstance(found, Refusal), found
    assert found.spacing == (1.0, 1.0, 3.0)
    return found.voxels


def sources(folder: Path) -> list[SourceSeries]:
    return [SourceSeries.of(each) for each in read_study(folder, load=False).references.values()]


@pytest.mark.parametrize("roi", LABELS)
def test_what_is_written_for_an_image_is_read_back_on_it(tmp_path: Path, roi: str) -> None:
    files = write_images(tmp_path)
    mask = a_mask(roi)
    content = mask_seg(mask, roi, **ABOUT, source=series_under(mask, sources(tmp_path)))
    values = sitk.GetArrayFromImage(mask)
    expected = values if roi == "zones" else values > 0
    assert np.array_equal(back(content, tmp_path, roi), expected)
    made, t2 = pydicom.dcmread(io.BytesIO(content)), pydicom.dcmread(files[0])
    assert (made.StudyInstanceUID, made.FrameOfReferenceUID) == (t2.StudyInstanceUID, SPACE)
    (referenced,) = made.ReferencedSeriesSequence
    assert referenced.SeriesInstanceUID == t2.SeriesInstanceUID
    assert {each.ReferencedSOPInstanceUID for each in referenced.ReferencedInstanceSequence} == {
        pydicom.dcmread(file).SOPInstanceUID for file in files
    }
    for group in made.PerFrameFunctionalGroupsSequence:
        (source,) = group.DerivationImageSequence[0].SourceImageSequence
        file = next(file for file in files if pydicom.dcmread(file).SOPInstanceUID == source.ReferencedSOPInstanceUID)
        at = pydicom.dcmread(file).ImagePositionPatient
        assert list(group.PlanePositionSequence[0].ImagePositionPatient) == list(at)
    assert "ImageComments" not in made


@pytest.mark.parametrize("roi", LABELS)
@pytest.mark.parametrize("referring", [True, False])
def test_highdicom_reads_the_same_voxels_in_the_same_place(tmp_path: Path, roi: str, referring: bool) -> None:
    mask = a_mask(roi)
    write_images(tmp_path)
    source = series_under(mask, sources(tmp_path)) if referring else None
    read = hd.seg.segread(io.BytesIO(mask_seg(mask, roi, **ABOUT, source=source)))
    values = sitk.GetArrayFromImage(mask)
    assert [read.get_segment_description(n).segment_label for n in read.segment_numbers] == {
        "gland": ["Prostate"],
        "zones": ["Peripheral zone", "Transition zone"],
        "lesion": ["Lesion 2", "Lesion 5"],
    }[roi]
    found = read.get_volume(combine_segments=False)
    place = np.array(found.affine)
    for k, y, x, n in np.argwhere(found.array)[::7]:
        index = mask.TransformPhysicalPointToIndex((place @ [k, y, x, 1])[:3].tolist())
        assert mask.GetPixel(*index) == LABELS[roi][n]
    assert found.array.sum(axis=(0, 1, 2)).tolist() == [np.count_nonzero(values == value) for value in LABELS[roi]]


def test_without_source_uids_are_new_the_same_ones_each_time_and_said() -> None:
    mask = a_mask()
    content = mask_seg(mask, "gland", **ABOUT)
    assert content == mask_seg(mask, "gland", **ABOUT)
    made = pydicom.dcmread(io.BytesIO(content))
    assert made.ImageComments == NO_SOURCE
    assert "ReferencedSeriesSequence" not in made
    assert made.StudyInstanceUID.is_valid
    assert made.StudyInstanceUID.startswith("2.25.")
    other = pydicom.dcmread(io.BytesIO(mask_seg(a_mask(seed=1), "gland", **ABOUT)))
    assert other.SOPInstanceUID != made.SOPInstanceUID
    assert (other.StudyInstanceUID, other.FrameOfReferenceUID) == (made.StudyInstanceUID, made.FrameOfReferenceUID)
    assert (made.PatientID, made.PatientName, made.ContentDate, made.ContentTime) == ("P1", "", "20261130", "080500")


def test_a_file_with_new_uids_is_not_taken_for_a_mask_of_images(tmp_path: Path) -> None:
    write_images(tmp_path)
    (tmp_path / "seg.dcm").write_bytes(mask_seg(a_mask(), "gland", **ABOUT))
    found = read_study(tmp_path).volumes["drawn gland"]
    assert isinstance(found, Refusal)
    assert "in another frame of reference" in found.sentence


def test_an_oblique_mask_stored_right_to_left_keeps_its_place(tmp_path: Path) -> None:
    axes = np.linalg.qr(np.array([[1.0, 0.2, -0.1], [-0.25, 1.0, 0.3], [0.05, -0.35, 1.0]]))[0]
    mask = a_mask()
    mask.SetDirection(axes.ravel().tolist())
    mask.SetOrigin((-31.123456789, 12.5, 1e-7))
    made = pydicom.dcmread(io.BytesIO(mask_seg(mask, "gland", **ABOUT)))
    first = made.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient
    assert [float(mm) for mm in first] == pytest.approx(mask.TransformIndexToPhysicalPoint((0, 0, 2)), abs=1e-9)
    write_images(tmp_path)
    turned = sitk.Flip(a_mask(), [True, False, False], False)
    content = mask_seg(turned, "gland", **ABOUT, source=series_under(turned, sources(tmp_path)))
    assert np.array_equal(back(content, tmp_path, "gland"), sitk.GetArrayFromImage(a_mask()) > 0)


@pytest.mark.parametrize("roi", LABELS)
def test_every_module_of_the_standard_has_its_attributes(roi: str) -> None:
    made = pydicom.dcmread(io.BytesIO(mask_seg(a_mask(roi), roi, **ABOUT)))
    modules = {each["key"] for each in get_iod_module_map()["segmentation"] if each["usage"] == "M"}
    # the checker wants each functional group both shared and in every frame, where the standard wants either
    for module in modules - {"segmentation-multi-frame-functional-groups"}:
        check_required_attributes(made, module)
    assert len(modules) == 12
    assert len(made.PerFrameFunctionalGroupsSequence) == made.NumberOfFrames


def test_an_empty_mask_is_one_empty_frame() -> None:
    mask = a_mask() * 0
    made = pydicom.dcmread(io.BytesIO(mask_seg(mask, "lesion", **ABOUT)))
    assert (made.NumberOfFrames, made.pixel_array.any()) == (1, False)


def test_another_study_is_refused_as_source(tmp_path: Path) -> None:
    write_images(tmp_path / "a")
    mask = a_mask()
    mask.SetOrigin((-10.0, -12.0, 5.0))
    with pytest.raises(BadImage, match="does not lie on the slices of any series of that DICOM study"):
        series_under(mask, sources(tmp_path / "a"))
    write_images(tmp_path / "b", FrameOfReferenceUID="")
    with pytest.raises(BadImage, match="lacks UIDs that a segmentation must name"):
        series_under(a_mask(), sources(tmp_path / "b"))


@pytest.mark.parametrize(
    ("protocol", "roi", "label", "category", "kind", "organ"),
    [
        ("brain-glioma-mri", "tumor", "Tumor", "MorphologicallyAbnormalStructure", "Neoplasm", "Brain"),
        ("lung-ct", "nodule", "Nodule", "MorphologicallyAbnormalStructure", "Nodule", "Lung"),
        ("lung-ct", "lung", "Lung", None, "Lung", None),
        ("liver-six", "tumor", "tumor", "Tissue", "Tissue", None),
    ],
)
def test_regions_of_other_organs_have_codes_where_a_built_in_protocol_names_them(
    protocol: str, roi: str, label: str, category: str | None, kind: str, organ: str | None
) -> None:
    """Codes as pydicom's copy of the standard has them; a region of a user's own protocol is tissue by its name."""
    given = built_in(protocol) if protocol in BUILT_IN else protocols()[6]
    made = pydicom.dcmread(io.BytesIO(mask_seg(a_mask(), roi, **ABOUT | {"protocol": given})))
    (segment,) = made.SegmentSequence
    assert segment.SegmentLabel == label
    expected = getattr(codes.SCT, category).value if category else "123037004"  # body structure, as of a gland
    assert segment.SegmentedPropertyCategoryCodeSequence[0].CodeValue == expected
    assert segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == getattr(codes.SCT, kind).value
    lies_in = [item.CodeValue for item in segment.get("AnatomicRegionSequence", [])]
    assert lies_in == ([] if organ is None else [getattr(codes.SCT, organ).value])


def test_codes_of_a_user_name_its_segments() -> None:
    mask = a_mask("zones")
    made = pydicom.dcmread(io.BytesIO(mask_seg(mask, "segments", **ABOUT | {"protocol": protocols()[6]})))
    assert [item.SegmentLabel for item in made.SegmentSequence] == ["left_lobe", "right_lobe"]
    assert (made.ContentLabel, made.SeriesDescription) == ("SEGMENTS", "RadiomicLens segments mask")

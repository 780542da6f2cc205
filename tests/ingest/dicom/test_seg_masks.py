"""Segmentations written by highdicom: equal voxels on the image's grid, and a sentence for what cannot be placed."""

from contextlib import suppress

import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes

from backend.errors import Refusal
from backend.ingest.cohort import ingest
from backend.ingest.dicom.read_study import read_study
from tests.ingest.dicom.seg_files import SPACE, blob, drawn, segment, without, write_images, write_rtstruct, write_seg


def notes(folder):
    return read_study(folder).notes


def notes_of(folder):
    return read_study(folder).volumes["drawn gland"].notes


@pytest.mark.parametrize("omit", [True, False])
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_voxels_are_equal_on_the_grid_of_the_image(tmp_path, kind, omit):
    files = write_images(tmp_path)
    write_seg(tmp_path / "seg" / "s.dcm", files, blob().astype(np.uint8), ["Prostate"], kind, omit_empty_frames=omit)
    study = read_study(tmp_path)
    volume, image = study.volumes["drawn gland"], study.volumes["T2"]
    assert np.array_equal(volume.voxels, blob())
    assert volume.voxels.dtype == np.uint8
    assert (volume.spacing, volume.origin, volume.direction) == (image.spacing, image.origin, image.direction)
    assert volume.notes == {"masks_of_dicom": "The mask of gland is segment 1 of s.dcm."}


def test_run_length_encoding_is_read(tmp_path):
    files = write_images(tmp_path)
    syntax = "1.2.840.10008.1.2.5"
    write_seg(tmp_path / "s.dcm", files, blob(), ["Prostate"], "LABELMAP", transfer_syntax_uid=syntax)
    assert np.array_equal(drawn(tmp_path), blob())


def test_frames_turned_and_cropped_against_the_image_are_mapped_by_their_own_geometry(tmp_path):
    files = write_images(tmp_path)

    def turn(ds):  # the same voxels, stored from the other side
        rows = ds.pixel_array[:, :, ::-1]
        ds.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0].ImageOrientationPatient = [-1, 0, 0, 0, 1, 0]
        for group in ds.PerFrameFunctionalGroupsSequence:
            position = group.PlanePositionSequence[0]
            position.ImagePositionPatient[0] = float(position.ImagePositionPatient[0]) + 23
        cut = rows[:, 2:20, 3:21]
        for group in ds.PerFrameFunctionalGroupsSequence:
            position = group.PlanePositionSequence[0].ImagePositionPatient
            position[0], position[1] = float(position[0]) - 3, float(position[1]) + 2
        ds.Rows, ds.Columns = cut.shape[1:]
        ds.PixelData = np.packbits(cut.ravel().astype(np.uint8), bitorder="little").tobytes() + b"\0"
        ds.PixelData = ds.PixelData[: (cut.size + 15) // 16 * 2]

    write_seg(tmp_path / "s.dcm", files, blob(), ["Prostate"], change=turn)
    assert np.array_equal(drawn(tmp_path), blob())


def test_segments_are_chosen_by_words_and_by_code_and_lesions_are_united(tmp_path):
    files = write_images(tmp_path)
    masks = [blob(1), blob(2, 3, 5), blob(3, 5, 6), blob(4, 1, 3), blob(5)]
    labels = [segment(1, "Segment_1", codes.SCT.Prostate), "Lesion 1", "lesion_2", segment(4, "x", codes.SCT.Muscle)]
    write_seg(tmp_path / "s.dcm", files, np.stack(masks, -1)[..., :4], labels)
    assert np.array_equal(drawn(tmp_path), masks[0])
    assert np.array_equal(drawn(tmp_path, "lesion"), masks[1] | masks[2])  # lesion and gland overlap, each whole
    assert notes(tmp_path)["mask_unnamed"] == "Not used, as no word or code names a region: segment 4 of s.dcm."


def zones():
    inner, outer, front = blob(1, 2, 7), blob(2, 2, 7), blob(3, 2, 4)
    return inner & ~outer, outer & ~front, front


def test_zones_keep_our_codes_and_the_gland_is_every_part_of_them(tmp_path):
    files = write_images(tmp_path / "dicom")
    parts = zones()
    names = ["Peripheral zone of prostate", "Transition Zone of Prostate", "Anterior fibromuscular stroma of prostate"]
    write_seg(tmp_path / "dicom" / "s.dcm", files, np.stack([parts[1], parts[0] & ~parts[2], parts[2]], -1), names)
    found = drawn(tmp_path, "zones")
    assert np.array_equal(found == 1, parts[1])
    assert np.array_equal(found == 2, parts[0] & ~parts[2])
    assert np.array_equal(drawn(tmp_path), parts[0] | parts[1] | parts[2])
    (case,) = ingest(tmp_path)
    assert "gland_from_zones" in [finding.code for finding in case.findings]
    assert case.zones == {"1": "PZ", "2": "TZ"}


def test_a_grid_of_its_own_is_kept_and_said(tmp_path):
    files = write_images(tmp_path / "dicom")

    def finer(ds):
        measures = ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        measures.PixelSpacing, measures.SpacingBetweenSlices = [0.5, 0.5], 3.0

    write_seg(tmp_path / "dicom" / "s.dcm", files, blob(), ["Prostate"], change=finer)
    volume = read_study(tmp_path).volumes["drawn gland"]
    assert volume.spacing == (0.5, 0.5, 3.0)
    assert np.array_equal(volume.voxels, blob()[2:7])
    (case,) = ingest(tmp_path)
    assert case.volumes_ml["gland"] == pytest.approx(blob().sum() * 0.75 / 1000)
    assert "regridded" in [finding.code for finding in case.findings]


def test_a_space_that_is_not_stated_is_marked(tmp_path):
    files = write_images(tmp_path)
    write_seg(tmp_path / "s.dcm", files, blob(), ["Prostate"], change=without("FrameOfReferenceUID"))
    assert np.array_equal(drawn(tmp_path), blob())
    assert notes_of(tmp_path)["mask_frame_unstated"].startswith(
        "segment 1 of s.dcm: no FrameOfReferenceUID (0020,0052)"
    )
    assert "mask_frame_unstated" not in notes_of_sound(tmp_path / "other")


def notes_of_sound(folder):
    write_seg(folder / "s.dcm", write_images(folder, FrameOfReferenceUID=SPACE), blob(), ["Prostate"])
    return notes_of(folder)


def test_an_object_that_cannot_be_read_beside_a_sound_one_is_told(tmp_path):
    files = write_images(tmp_path / "dicom")
    write_seg(tmp_path / "dicom" / "a.dcm", files, blob(), ["WholeGland"])
    write_seg(tmp_path / "dicom" / "b.dcm", files, blob(), ["Lesion"], change=without("SegmentationType"))
    (case,) = ingest(tmp_path)
    found = {finding.code: finding.sentence for finding in case.findings}
    assert found["mask_unused"].startswith("The segmentation b.dcm has a SegmentationType (0062,0001) other than")
    assert found["masks_of_dicom"] == "The mask of gland is segment 1 of a.dcm."


def test_deflated_files_are_read_and_other_codecs_named(tmp_path):
    files = write_images(tmp_path)
    write_seg(tmp_path / "s.dcm", files, blob(), ["Prostate"])
    made = pydicom.dcmread(tmp_path / "s.dcm")
    made.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    made.save_as(tmp_path / "s.dcm")
    assert np.array_equal(drawn(tmp_path), blob())
    write_seg(tmp_path / "s.dcm", files, blob(), ["Prostate"])
    content = (tmp_path / "s.dcm").read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.8\0", 1)
    (tmp_path / "s.dcm").write_bytes(content)
    assert "a codec that is not known here (transfer syntax 1.2.840.10008.1.2.8)" in drawn(tmp_path)


def test_damaged_headers_are_refusals_never_another_error(tmp_path):
    files = write_images(tmp_path)
    write_seg(tmp_path / "s.dcm", files, blob(), ["Prostate"], omit_empty_frames=False)
    write_rtstruct(tmp_path / "r.dcm", {"Lesion": [[(-5, -8, 10), (3, -8, 10), (3, 2, 10)]]})
    rng = np.random.default_rng(15)
    for name in ("s.dcm", "r.dcm"):
        sound = (tmp_path / name).read_bytes()
        for _ in range(30):
            damaged = bytearray(sound)
            for at in rng.integers(132, len(sound), 3):
                damaged[at] = rng.integers(0, 256)
            (tmp_path / name).write_bytes(damaged)
            with suppress(Refusal):  # any other error fails the test
                read_study(tmp_path)
        (tmp_path / name).write_bytes(sound)


def test_masks_without_images_are_told_where_they_belong(tmp_path):
    write_seg(tmp_path / "b" / "s.dcm", write_images(tmp_path / "a"), blob(), ["Prostate"])
    with pytest.raises(Refusal, match="holds DICOM masks and no image; put them beside the images"):
        read_study(tmp_path / "b")

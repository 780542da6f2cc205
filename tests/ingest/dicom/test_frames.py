"""Enhanced multi-frame MR: every b-value, direction and kind of frame its own volume, each frame with its own tags."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless

from backend.errors import Refusal
from backend.ingest.dicom.read_study import read_study
from backend.ingest.sandbox.read_images import read_images
from tests.ingest.dicom.enhanced_files import frame, item, shared, write_enhanced

RNG = np.random.default_rng(5)
SLICES = 6


def voxels(k=SLICES):
    return RNG.integers(1, 900, (k, 14, 16))


MAP = ("DERIVED", "PRIMARY", "DIFFUSION", "ADC")
T2_FRAME = ("ORIGINAL", "PRIMARY", "T2", "NONE")


def diffusion(tmp_path, **tags):
    """One file: b 0, three directions and the isotropic image of b 1000, interleaved, from the head down."""
    images = {(0, "NONE", 0): voxels(), **{(1000, "DIRECTIONAL", n): voxels() for n in range(3)}}
    images[1000, "ISOTROPIC", 0] = voxels()
    frames = []
    for k in reversed(range(SLICES)):
        frames += [frame(values[k], 3.0 * k, b, way) for (b, way, _), values in images.items()]
    write_enhanced(tmp_path / "dwi.dcm", 8, "DWI", frames, **tags)
    return images[1000, "ISOTROPIC", 0]


def t2(tmp_path, number=4, common=None, **groups):
    values = voxels()
    frames = [frame(values[k], 3.0 * k, kind=T2_FRAME, **groups) for k in range(SLICES)]
    write_enhanced(tmp_path / f"t2-{number}.dcm", number, "t2_tse_tra", frames, common)
    return values


def adc(tmp_path, **more):
    values = voxels()
    frames = [frame(values[k], 3.0 * k, kind=MAP, slope=1.0 + 0.1 * k) for k in range(SLICES)]
    write_enhanced(tmp_path / "adc.dcm", 7, "dADC", frames, **more)
    return values * (1.0 + 0.1 * np.arange(SLICES))[:, None, None]


def test_all_volumes_of_enhanced_files_are_right(tmp_path):
    expected = {"T2": t2(tmp_path), "DWI": diffusion(tmp_path), "ADC": adc(tmp_path)}
    answers = read_images({"study": tmp_path}, [tmp_path])
    for name, true in expected.items():
        assert not isinstance(answers[name], Refusal), answers[name]
        image = answers[name].image
        assert np.allclose(sitk.GetArrayFromImage(image), true, rtol=1e-6)
        assert image.GetSpacing() == (1.5, 1.5, 3.0)
        assert image.GetOrigin() == (-10.0, -12.0, 0.0)
    hashes = {answers[name].sha256 for name in expected}
    assert len(hashes) == 3


def test_a_real_world_scale_of_each_frame_is_applied(tmp_path):
    t2(tmp_path)
    values = voxels()
    frames = []
    for k in range(SLICES):
        scale = item(RealWorldValueSlope=2e-6 * (k + 1), RealWorldValueIntercept=0.0,
                     MeasurementUnitsCodeSequence=item(CodeValue="mm2/s"))  # fmt: skip
        frames.append(frame(values[k], 3.0 * k, kind=MAP, RealWorldValueMappingSequence=scale))
    write_enhanced(tmp_path / "adc.dcm", 7, "dADC", frames)
    volume = read_study(tmp_path).volumes["ADC"]
    assert np.allclose(volume.voxels, values * (2e-6 * np.arange(1, SLICES + 1))[:, None, None], rtol=1e-6)
    assert volume.unit == "mm2/s"


def test_an_adc_map_among_the_frames_of_its_diffusion_images_is_told_apart(tmp_path):
    weighted, apparent = voxels(), voxels()
    frames = [frame(weighted[k], 3.0 * k, 1000, "ISOTROPIC") for k in range(SLICES)]
    frames += [frame(apparent[k], 3.0 * k, kind=MAP) for k in range(SLICES)]
    write_enhanced(tmp_path / "all.dcm", 8, "DWI", frames)
    volumes = read_study(tmp_path).volumes
    assert np.array_equal(volumes["DWI"].voxels, weighted)
    assert np.array_equal(volumes["ADC"].voxels, apparent)
    assert volumes["DWI"].frames != volumes["ADC"].frames


def test_stacks_of_one_file_are_volumes_of_their_own(tmp_path):
    axial, sagittal = voxels(), voxels()
    turned = item(ImageOrientationPatient=[0.0, 1.0, 0.0, 0.0, 0.0, -1.0])
    straight = item(ImageOrientationPatient=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    frames = []
    for k in range(SLICES):
        first = frame(axial[k], 3.0 * k, kind=T2_FRAME, PlaneOrientationSequence=straight,
                      FrameContentSequence=item(StackID="1"))  # fmt: skip
        second = frame(sagittal[k], 0.0, kind=T2_FRAME, PlaneOrientationSequence=turned,
                       FrameContentSequence=item(StackID="2"))  # fmt: skip
        second[1].PlanePositionSequence = item(ImagePositionPatient=[3.0 * k, 0.0, 0.0])
        frames += [first, second]
    write_enhanced(tmp_path / "t2.dcm", 4, "t2_tse", frames)
    study = read_study(tmp_path)
    assert study.choices["T2"]["series"] == "4:stack1"
    assert np.array_equal(study.volumes["T2"].voxels, axial)


def test_frames_packed_one_by_one_are_unpacked(tmp_path):
    expected = t2(tmp_path)
    path = tmp_path / "t2-4.dcm"
    dataset = pydicom.dcmread(path)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.save_as(path)
    assert np.array_equal(read_study(tmp_path).volumes["T2"].voxels, expected)


def without(keyword):
    group = shared()
    delattr(group, keyword)
    return group


@pytest.mark.parametrize(
    ("keyword", "tag"),
    [
        ("PixelMeasuresSequence", "lacks PixelSpacing (0028,0030)"),
        ("PlaneOrientationSequence", "lacks ImageOrientationPatient (0020,0037)"),
    ],
)
def test_a_missing_functional_group_is_refused_by_tag(tmp_path, keyword, tag):
    t2(tmp_path, common=without(keyword))
    assert f"Series 4 {tag}" in read_study(tmp_path).volumes["T2"].sentence


def test_fewer_groups_than_frames_are_refused(tmp_path):
    t2(tmp_path)
    path = tmp_path / "t2-4.dcm"
    dataset = pydicom.dcmread(path)
    del dataset.PerFrameFunctionalGroupsSequence[-1]
    dataset.save_as(path)
    sentence = read_study(tmp_path).volumes["T2"].sentence
    assert sentence == "Series 4 states 6 frames and has 5 groups (5200,9230); export it again."


def test_frames_without_any_groups_are_refused(tmp_path):
    t2(tmp_path)
    path = tmp_path / "t2-4.dcm"
    dataset = pydicom.dcmread(path)
    del dataset.PerFrameFunctionalGroupsSequence
    del dataset.SharedFunctionalGroupsSequence
    dataset.save_as(path)
    assert "no functional groups (5200,9229) that place them" in read_study(tmp_path).volumes["T2"].sentence


def test_several_times_at_each_position_are_refused(tmp_path):
    frames = [frame(values[k], 3.0 * k, kind=T2_FRAME) for values in (voxels(), voxels()) for k in range(SLICES)]
    write_enhanced(tmp_path / "t2.dcm", 4, "t2_tse_tra", frames)
    assert "holds 2 images at each position" in read_study(tmp_path).volumes["T2"].sentence


def test_only_single_directions_are_no_diffusion_image(tmp_path):
    t2(tmp_path)
    ways = [voxels() for _ in range(3)]
    frames = [frame(values[k], 3.0 * k, 1000, "DIRECTIONAL") for k in range(SLICES) for values in ways]
    write_enhanced(tmp_path / "dwi.dcm", 8, "DWI", frames)
    assert "holds 3 images at each position" in read_study(tmp_path).volumes["DWI"].sentence


def test_an_empty_stream_is_refused(tmp_path):
    t2(tmp_path)
    path = tmp_path / "t2-4.dcm"
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = RLELossless
    dataset.PixelData = encapsulate([b"\0" * 64] * SLICES)
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    dataset.save_as(path)
    assert "holds RLE data whose header does not fit its pixels" in read_study(tmp_path).volumes["T2"].sentence

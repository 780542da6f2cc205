"""DICOM studies: the right three series, in space as an independent reader has them, and no unsound stack."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from backend.errors import BadFile, BadImage, Refusal
from backend.ingest.dicom.read_study import read_study
from backend.ingest.dicom.volume import Volume
from tests.ingest.files import write_dicom_study, write_series

T2 = ["ORIGINAL", "PRIMARY", "M"]
TRACE = ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW"]


def edit(path, **changes):
    """Rewrites one slice with changed tags."""
    dataset = pydicom.dcmread(path)
    for key, value in changes.items():
        setattr(dataset, key, value)
    dataset.save_as(path)


def t2_of(folder):
    return read_study(folder).volumes["T2"]


def test_series_are_told_apart_by_type_name_and_private_b_value(tmp_path):
    write_dicom_study(tmp_path)
    write_series(tmp_path / "dicom" / "1-loc", 1, "t2_localizer", ["ORIGINAL", "PRIMARY", "LOCALIZER"], slices=3)
    write_series(tmp_path / "dicom" / "5-low", 5, "ep2d_diff", TRACE, 50)
    write_series(tmp_path / "dicom" / "9-dyn", 9, "twist_dynamic", T2)
    sagittal = [0.0, 1.0, 0.0, 0.0, 0.0, -1.0]
    write_series(tmp_path / "dicom" / "6-sag", 6, "t2_tse_sag", T2, ImageOrientationPatient=sagittal)
    volumes = read_study(tmp_path).volumes
    assert {modality: volume.reason for modality, volume in volumes.items()} == {
        "T2": "series 4: named T2, axial",
        "ADC": "series 7: an ADC map by ImageType",
        "DWI": "series 8: computed diffusion image with the highest b-value, 1400 s/mm2",
    }


def test_volume_equals_what_itk_assembles(tmp_path):
    axes = [0.96, 0.28, 0.0, -0.28, 0.96, 0.0]
    files = write_series(tmp_path / "t2", 4, "t2_tse_tra", T2, ImageOrientationPatient=axes)
    volume = t2_of(tmp_path)
    expected = sitk.ReadImage(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(files[0].parent)))
    assert np.array_equal(volume.voxels, sitk.GetArrayFromImage(expected))
    assert volume.spacing == pytest.approx(expected.GetSpacing())
    assert volume.origin == pytest.approx(expected.GetOrigin())
    assert volume.direction == pytest.approx(expected.GetDirection())


def test_rescale_is_applied_slice_by_slice(tmp_path):
    files = write_series(tmp_path / "t2", 4, "t2_tse_tra", T2, RescaleSlope=2.0, RescaleIntercept=-3.0)
    edit(files[0], RescaleSlope=4.0)
    volume = t2_of(tmp_path)
    head = pydicom.dcmread(files[0]).pixel_array * 4.0 - 3
    assert np.array_equal(volume.voxels[-1], head.astype(np.float32))
    assert volume.voxels.dtype == np.float32


def test_of_two_equal_axial_t2_series_none_is_taken_until_one_is_named(tmp_path):
    write_series(tmp_path / "6", 6, "t2_tse_tra", T2)
    write_series(tmp_path / "10", 10, "t2_tse_tra", T2)
    assert t2_of(tmp_path).sentence.startswith("Series 6 and 10 fit T2 equally (named T2, axial; axial, 1 x 1 mm, ")
    assert t2_of(tmp_path).finding == "series_undecided"
    reason = read_study(tmp_path, {"T2": "10"}).volumes["T2"].reason
    assert reason == "series 10: named for T2 by the importer (named T2, axial)"


def test_two_b_values_in_one_series_are_two_images(tmp_path):
    low = write_series(tmp_path / "a", 8, "ep2d_diff_trace", TRACE, 50, uid="1.2.9")
    write_series(tmp_path / "b", 8, "ep2d_diff_trace", TRACE, 800, uid="1.2.9")
    for file in low:
        file.rename(tmp_path / "b" / f"low-{file.name}")
    volume = read_study(tmp_path).volumes["DWI"]
    assert volume.voxels.shape[0] == 9
    assert "800 s/mm2" in volume.reason


def test_an_adc_map_in_the_series_of_its_diffusion_images_is_told_apart(tmp_path):
    write_series(tmp_path / "t2", 4, "t2_tse_tra", T2)
    write_series(tmp_path / "high", 8, "ep2d_diff", TRACE, 1000, uid="1.2.9")
    maps = write_series(tmp_path / "map", 8, "ep2d_diff", ["DERIVED", "PRIMARY", "ADC"], uid="1.2.9")
    study = read_study(tmp_path)
    shown = {modality: choice["series"] for modality, choice in study.choices.items()}
    assert shown == {"T2": "4", "DWI": "8:b1000", "ADC": "8:no-b"}
    assert study.notes["b_values_mixed"].endswith("the 9 images without a b-value were taken as ADC.")
    stored = np.stack([pydicom.dcmread(path).pixel_array for path in reversed(maps)])
    assert np.array_equal(study.volumes["ADC"].voxels, stored)
    maps[0].unlink()
    refused = read_study(tmp_path).volumes["ADC"]
    assert "has 9 slice positions but only 8 images without a b-value" in refused.sentence


BROKEN = {
    "slice missing": (lambda files: files[4].unlink(), "slice missing or moved: a gap of 6.0 mm where others are 3.0"),
    "duplicate slice": (
        lambda files: edit(files[3], ImagePositionPatient=pydicom.dcmread(files[4]).ImagePositionPatient),
        "two slices at the same position",
    ),
    "moved slice": (lambda files: edit(files[3], ImagePositionPatient=[-10.0, -12.0, 20.2]), "missing or moved"),
    "sideways": (lambda files: edit(files[3], ImagePositionPatient=[-9.0, -12.0, 19.0]), "shifted sideways"),
    "localizer": (
        lambda files: edit(files[0], ImageOrientationPatient=[0.0, 1.0, 0.0, 0.0, 0.0, -1.0]),
        "mixes slices of different orientation",
    ),
    "mixed spacing": (lambda files: edit(files[8], PixelSpacing=[1.1, 1.1]), "mixes slices"),
    "mixed size": (
        lambda files: edit(files[8], Rows=11, PixelData=pydicom.dcmread(files[8]).PixelData[: 11 * 24 * 2]),
        "mixes slices of different size, Rows and Columns",
    ),
    "last but one gone": (lambda files: edit(files[8], InstanceNumber=10), "lacks slice 9"),
    "two slices": (lambda files: [file.unlink() for file in files[2:]], "has 2 slices"),
}


@pytest.mark.parametrize("damage", BROKEN)
def test_unsound_stacks_are_refused_for_that_series_only(tmp_path, damage):
    files = write_series(tmp_path / "t2", 4, "t2_tse_tra", T2)
    write_series(tmp_path / "adc", 7, "x_adc", ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"])
    break_it, sentence = BROKEN[damage]
    break_it(files)
    volumes = read_study(tmp_path).volumes
    assert isinstance(volumes["ADC"], Volume)
    assert isinstance(volumes["T2"], Refusal)
    assert sentence in volumes["T2"].sentence
    assert "Series 4" in volumes["T2"].sentence


def test_more_than_two_numbers_that_are_missing_are_another_way_of_counting(tmp_path):
    files = write_series(tmp_path / "t2", 4, "t2_tse_tra", T2)
    for last, is_read in ((11, False), (12, True)):  # 9 slices
        edit(files[8], InstanceNumber=last)
        assert isinstance(t2_of(tmp_path), Volume) is is_read


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, silenced in the reading child
def test_cut_slices_are_refused_wherever_they_are_cut(tmp_path):
    files = write_series(tmp_path / "t2", 4, "t2_tse_tra", T2)
    content = files[4].read_bytes()
    for length in np.linspace(1, len(content) - 1, 40).astype(int):
        files[4].write_bytes(content[:length])
        try:
            result = t2_of(tmp_path)
        except (BadFile, BadImage) as refusal:
            result = refusal
        assert isinstance(result, Refusal), f"cut at {length} of {len(content)}"


def test_two_studies_in_a_folder_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(BadImage, match="no DICOM image"):
        read_study(tmp_path)
    write_series(tmp_path / "a", 4, "t2_tse_tra", T2)
    write_series(tmp_path / "b", 5, "t2_tse_tra", T2, StudyInstanceUID="1.2.9.9")
    with pytest.raises(BadImage, match="more than one study"):
        read_study(tmp_path)


def test_nothing_that_identifies_a_person_is_kept(tmp_path):
    write_series(tmp_path / "a", 4, "t2_tse_tra for CANARY", T2)
    volume = t2_of(tmp_path)
    assert "canary" not in f"{volume.reason} {volume.direction}".lower()

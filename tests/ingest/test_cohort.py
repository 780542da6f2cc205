"""A cohort of good and bad studies: each gets its own answer, and the two real cases come out as their README says."""

import gzip

import pytest
import SimpleITK as sitk

from backend.errors import BadTable, Refusal
from backend.ingest.cohort import ingest, ingest_plan
from backend.ingest.layouts.detect import plan
from backend.ingest.study import Accepted, Reading, Rejected
from backend.science.imaging.prepare import prepare
from tests.ingest.files import CASES, box, volume, write_dicom_study, write_study

SPACING = (1.0, 1.0, 1.5)


def answers(path, **options):
    """Study id -> answer."""
    return {answer.study_id: answer for answer in ingest(path, spacing=SPACING, **options)}


def bits(study):
    """The images on the working grid, byte by byte."""
    images = prepare(study.acquired.images, study.acquired.masks, SPACING).images
    return {modality: voxels.tobytes() for modality, voxels in images.items()}


def test_both_real_cases_are_accepted_with_their_volumes_and_warnings():
    if not CASES.exists():
        pytest.skip("the shared real cases are not here")
    first, second = ingest(CASES)
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert (second.study_id, first.study_id) == ("11373_1001396", "10795_1000811")
    assert second.volumes_ml["gland"] == pytest.approx(44.3, rel=0.01)
    assert first.volumes_ml["gland"] == pytest.approx(32.2, rel=0.01)
    assert second.volumes_ml["lesion"] == pytest.approx(0.31, rel=0.01)
    case = prepare(second.acquired.images, second.acquired.masks)
    assert case.native_voxels["lesion"] == 414
    assert second.lesion_grades == (3,)
    assert case.masks["lesion"].max() == 1
    assert (first.clinical.pirads, second.clinical.isup) == (4, 3)
    assert second.native["T2"].size == second.native["gland"].size == (384, 384, 19)
    assert second.native["ADC"].size == (84, 128, 19)
    assert case.grid.size == (384, 384, 57)
    assert case.regridded == ()
    assert second.series["DWI"]["reason"] == "series 8: computed diffusion image with the highest b-value, 1000 s/mm2"
    assert [each["series"] for each in second.series["T2"]["candidates"]] == ["4", "7", "8"]
    assert (second.scanner, second.field_t, first.scanner) == ("SIEMENS Skyra", 3.0, "")
    assert second.integrity["T2"] == "unverifiable"
    assert first.integrity["gland"] == "checksum"
    assert len(second.source_hashes) == 6
    assert second.warnings == (
        "The lesion mask holds the value 3 (an ISUP grade); every value above 0 is lesion.",
        "DWI is zero in 31 of 3702 voxels of the gland, as acquired.",
        "ADC is zero in 31 of 3702 voxels of the gland, as acquired.",
    )
    assert first.warnings[0].startswith("The lesion mask is empty")
    assert "ADC is zero in 81 of 2677 voxels of the gland, as acquired." in first.warnings
    adc = case.images["ADC"][case.masks["gland"] > 0]
    assert adc.mean() == pytest.approx(1450, rel=0.02)


def test_one_bad_study_of_each_kind_never_stops_the_others(tmp_path):
    far = box((4, 4, 1), (20, 18, 8), like=volume(origin=(500.0, 0.0, 0.0), size=(30, 30, 11)))
    write_study(tmp_path / "01", "01")
    write_study(tmp_path / "02", "02", without=("adc",))
    write_study(tmp_path / "03", "03", without=("gland",))
    write_study(tmp_path / "04", "04", gland=box((0, 0, 0), (0, 0, 0)))
    write_study(tmp_path / "05", "05", lesion=far)
    write_study(tmp_path / "06", "06")
    write_study(tmp_path / "07", "07", without=("lesion",))
    write_dicom_study(tmp_path / "08", "08")
    write_dicom_study(tmp_path / "09", "09")
    cut = tmp_path / "06" / "06_7_gland.nii.gz"
    cut.write_bytes(gzip.compress(gzip.decompress(cut.read_bytes())[:-500]))
    (tmp_path / "09" / "dicom" / "7-adc" / "1-05.dcm").unlink()
    found = answers(tmp_path)
    rejected = {answer.patient_id: answer.reason for answer in found.values() if isinstance(answer, Rejected)}
    assert [answer.patient_id for answer in found.values() if isinstance(answer, Accepted)] == ["01", "07", "08"]
    assert rejected == {
        "02": "case 02_7: there is no ADC file; the encoder reads T2, DWI and ADC together, so add it.",
        "03": "case 03_7: there is no gland mask; add 03_7_gland.nii.gz.",
        "04": "case 04_7: the gland mask is empty; draw or replace it.",
        "05": "case 05_7: the lesion mask lies on another grid (30x30x11 against 24x22x9) and does not overlap the T2. "
        "Check that it belongs to this study, or exclude it in Data.",
        "06": "case 06_7: 06_7_gland.nii.gz is cut short: its header promises 5104 bytes, 4604 are there; "
        "copy it again.",
        "09": "case 09_9: series 7 has a slice missing or moved: a gap of 6.0 mm where others are 3.0 mm; "
        "export it again.",
    }
    assert any("no lesion mask" in warning for warning in found["07_7"].warnings)


def test_dicom_and_named_files_of_one_image_give_the_same_case(tmp_path):
    write_dicom_study(tmp_path / "a")
    first = answers(tmp_path / "a")["200_9"]
    copy = tmp_path / "b"
    copy.mkdir()
    for modality, kind in (("T2", "t2w"), ("DWI", "hbv"), ("ADC", "adc")):
        sitk.WriteImage(first.acquired.images[modality], str(copy / f"200_9_{kind}.mha"))
    (copy / "200_9_gland.nii.gz").write_bytes((tmp_path / "a" / "200_9_gland.nii.gz").read_bytes())
    second = answers(copy)["200_9"]
    assert first.source_hashes["gland"] == second.source_hashes["gland"]
    assert bits(first) == bits(second)


def test_ids_with_leading_zeros_are_other_patients_and_find_their_own_row(tmp_path):
    write_study(tmp_path / "a", "001")
    write_study(tmp_path / "b", "1")
    (tmp_path / "clinical.csv").write_text("study_id,patient_id,volume_ml\n7,1,8.0\n7,001,4.0\n8,2,5\n")
    found = answers(tmp_path)
    assert [found[study].clinical.volume_ml for study in ("001_7", "1_7")] == [4.0, 8.0]


def test_whole_folder_refusals_come_before_the_first_study(tmp_path):
    write_study(tmp_path)
    with pytest.raises(BadTable, match=r"none\.csv"):
        ingest(tmp_path, clinical=tmp_path / "none.csv")
    with pytest.raises(Refusal, match="outside the folders"):
        ingest(tmp_path, allowed_roots=[])
    with pytest.raises(Refusal, match="does not exist"):
        ingest(tmp_path / "none")


def test_same_folder_gives_the_same_bits(tmp_path):
    write_study(tmp_path)
    first, second = (answers(tmp_path)["100_7"] for _ in range(2))
    assert first.source_hashes == second.source_hashes
    assert bits(first) == bits(second)
    assert first.warnings == second.warnings


def test_studies_read_ahead_come_in_the_same_order_with_the_same_answers(tmp_path):
    for patient in ("1", "2", "3", "4"):
        write_study(tmp_path / patient, patient)
    next((tmp_path / "2").glob("*_t2w.*")).write_bytes(b"no image")
    planned = plan(tmp_path, "auto")
    how = Reading(None, SPACING, [tmp_path], planned.masks_expected)
    one, two = (list(ingest_plan(planned, how, workers=n)) for n in (1, 2))
    assert [type(answer) for answer in two] == [Accepted, Rejected, Accepted, Accepted]
    assert [answer.study_id for answer in two] == [answer.study_id for answer in one] == ["1_7", "2_7", "3_7", "4_7"]
    assert two[1] == one[1]
    assert [two[k].source_hashes for k in (0, 2, 3)] == [one[k].source_hashes for k in (0, 2, 3)]

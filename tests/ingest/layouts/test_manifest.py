"""Layouts with a description, series named by a person, zones by name, ids that look like names."""

import json

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from backend.errors import BadImage, BadSettings
from backend.ingest.cohort import ingest
from backend.ingest.layouts.detect import plan
from backend.ingest.regions import parse_codes
from backend.ingest.study import Accepted, Choices, Rejected
from tests.ingest.files import box, volume, write_dicom_study, write_series, write_study

SPACING = (1.0, 1.0, 1.5)
ZONES = {"background": 0, "PZ": 1, "TZ": 2}


def zones(codes=(1, 2)):
    """A gland whose back half is the first code, its front half the second."""
    back, front = box((4, 11, 1), (20, 18, 8), value=codes[0]), box((4, 4, 1), (20, 11, 8), value=codes[1])
    return back + front


def answers(path, **options):
    """Study id -> answer."""
    return {answer.study_id: answer for answer in ingest(path, spacing=SPACING, **options)}


def write_nnunet(root):
    (root / "imagesTr").mkdir(parents=True)
    (root / "labelsTr").mkdir()
    for name, label in (("10_5", True), ("prostate_01", False)):
        for channel in range(3):
            sitk.WriteImage(volume(seed=channel), str(root / "imagesTr" / f"{name}_000{channel}.nii.gz"))
        if label:
            sitk.WriteImage(zones(), str(root / "labelsTr" / f"{name}.nii.gz"))
    names = {"0": "T2W", "1": "HBV", "2": "ADC"}
    (root / "dataset.json").write_text(json.dumps({"channel_names": names, "labels": ZONES, "file_ending": ".nii.gz"}))


def test_nnunet_channels_and_labels_are_taken_by_name(tmp_path):
    write_nnunet(tmp_path)
    planned = plan(tmp_path)
    assert planned.why == ("layout nnunet: dataset.json names the channels T2, DWI, ADC and 1 = PZ, 2 = TZ; 2 studies.")
    found = answers(tmp_path)
    study = found["10_5"]
    assert isinstance(study, Accepted)
    assert study.patient_id == "10"
    assert study.zones == {"1": "PZ", "2": "TZ"}
    assert sorted(study.acquired.masks) == ["gland", "zones"]
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.images["ADC"]), sitk.GetArrayFromImage(volume(seed=2)))
    assert any(finding.code == "gland_from_zones" for finding in study.findings)
    assert isinstance(found["prostate_01"], Rejected)
    assert found["prostate_01"].code == "no_gland"


def test_decathlon_volumes_are_cut_from_one_file(tmp_path):
    (tmp_path / "imagesTr").mkdir()
    (tmp_path / "labelsTr").mkdir()
    parts = [sitk.GetArrayFromImage(volume(seed=n)).T for n in range(3)]
    affine = np.diag((-1.0, -1.0, 3.0, 1.0))
    nibabel.save(nibabel.Nifti1Image(np.stack(parts, axis=-1), affine), tmp_path / "imagesTr" / "p_01.nii.gz")
    labels = sitk.GetArrayFromImage(zones((2, 1))).T
    nibabel.save(nibabel.Nifti1Image(labels, affine), tmp_path / "labelsTr" / "p_01.nii.gz")
    entry = {"image": "./imagesTr/p_01.nii.gz", "label": "./labelsTr/p_01.nii.gz"}
    described = {"modality": {"0": "T2", "1": "DWI", "2": "ADC"}, "labels": {"0": "background", "1": "TZ", "2": "PZ"}}
    (tmp_path / "dataset.json").write_text(json.dumps(described | {"training": [entry]}))
    (study,) = answers(tmp_path).values()
    for number, modality in enumerate(("T2", "DWI", "ADC")):
        assert np.array_equal(sitk.GetArrayFromImage(study.acquired.images[modality]).T, parts[number])
    stored = sitk.GetArrayFromImage(study.acquired.masks["zones"]).T
    assert np.array_equal(stored == 1, labels == 2)


def test_bids_files_of_a_session_are_gathered(tmp_path):
    where = tmp_path / "sub-07" / "ses-a"
    for folder, suffix, seed in (("anat", "T2w", 0), ("dwi", "dwi", 1), ("dwi", "adc", 2)):
        (where / folder).mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(volume(seed=seed), str(where / folder / f"sub-07_ses-a_{suffix}.nii.gz"))
    sitk.WriteImage(box((4, 4, 1), (20, 18, 8)), str(where / "anat" / "sub-07_ses-a_label-prostate_mask.nii.gz"))
    (study,) = answers(tmp_path).values()
    assert (study.study_id, study.patient_id) == ("07_a", "07")
    assert sorted(study.acquired.masks) == ["gland"]


def test_profounds_table_is_a_layout_and_needs_no_masks(tmp_path):
    lines = ["t2w,highb,adc,pirads"]
    for patient in ("100", "200"):
        write_study(tmp_path / patient, patient, without=("gland", "lesion"))
        lines.append(",".join(f"{patient}/{patient}_7_{kind}.mha" for kind in ("t2w", "hbv", "adc")) + ",4")
    (tmp_path / "train.csv").write_text("\n".join(lines))
    planned = plan(tmp_path / "train.csv")
    assert "ProFound's columns" in planned.why
    found = list(ingest(tmp_path, "picai", spacing=SPACING))
    assert all(isinstance(study, Accepted) and "gland" not in study.acquired.masks for study in found)
    (tmp_path / "train.csv").rename(tmp_path / "manifest.csv")
    first, second = ingest(tmp_path, spacing=SPACING)
    assert (first.study_id, second.patient_id, first.clinical.pirads) == ("100_7", "200", 4)
    assert first.findings[0].code == "gland_missing"


def test_clinical_columns_of_a_manifest_are_found_as_in_the_marksheet(tmp_path):
    write_study(tmp_path, "100", without=("gland", "lesion"))
    (tmp_path / "manifest.csv").write_text(
        "T2W,DWI,ADC,lesion_PIRADS,case_ISUP,case_csPCa,Patient_Age\n"
        '100_7_t2w.mha,100_7_hbv.mha,100_7_adc.mha,"N/A,4",3,YES,61\n'
    )
    (study,) = ingest(tmp_path, spacing=SPACING)
    assert (study.clinical.pirads, study.clinical.isup, study.clinical.cspca, study.clinical.age) == (4, 3, True, 61.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("t2w\na.mha\na.mha\n", "listed twice"),
        ("x,y\n1,2\n", "no column t2w"),
        ("t2w,t2w\na,b\n", "twice"),
        ("t2w,adc\na\n", "more or fewer cells"),
        ("study_id,dwi\n,a.mha\n", "neither a study id"),
    ],
)
def test_tables_that_are_no_manifest_are_refused(tmp_path, text, sentence):
    (tmp_path / "manifest.csv").write_text(text)
    with pytest.raises(BadImage, match=sentence):
        plan(tmp_path)


def test_zones_are_stored_by_name_whatever_their_codes(tmp_path):
    write_study(tmp_path, "1", zones=zones((1, 2)))
    plain = answers(tmp_path)["1_7"]
    swapped = answers(tmp_path, choices=Choices(zones=parse_codes("1=TZ,2=PZ")))["1_7"]
    first, second = (sitk.GetArrayFromImage(each.acquired.masks["zones"]) for each in (plain, swapped))
    assert np.array_equal(first == 1, second == 2)
    assert "zones_swapped" not in {finding.code for finding in plain.findings}
    assert "zones_swapped" in {finding.code for finding in swapped.findings}
    sitk.WriteImage(zones((1, 3)), str(tmp_path / "1_7_zones.nii.gz"))
    refused = answers(tmp_path)["1_7"]
    assert (refused.code, "value 3" in refused.reason) == ("zones_unknown", True)
    with pytest.raises(BadSettings, match="names no zone"):
        parse_codes("1=PZ,2=liver")


def test_another_series_is_taken_where_a_person_names_it(tmp_path):
    write_dicom_study(tmp_path)
    write_series(tmp_path / "dicom" / "9", 9, "t2_tse_tra repeat", ["ORIGINAL", "PRIMARY", "M"])
    write_series(tmp_path / "dicom" / "1-loc", 1, "t2_loc Doe", ["ORIGINAL", "PRIMARY", "LOCALIZER"], slices=3)
    automatic = answers(tmp_path)["200_9"]
    assert (
        automatic.series["T2"]["reason"] == "series 9: named T2, axial; the one named a repeat of 2 that fit (also 4)"
    )
    named = answers(tmp_path, choices=Choices(series={"200_9": {"T2": "4"}}))["200_9"]
    assert (named.series["T2"]["series"], named.series["T2"]["overridden"]) == ("4", True)
    candidates = {each["series"]: each for each in named.series["T2"]["candidates"]}
    assert (candidates["1"]["why"], candidates["1"]["words"]) == ("a localizer", "t2 loc")
    missing = answers(tmp_path, choices=Choices(series={"200_9": {"T2": "77"}}))["200_9"]
    assert "no series '77' to take for T2; the study has 1, 4, 7, 8, 9" in missing.reason

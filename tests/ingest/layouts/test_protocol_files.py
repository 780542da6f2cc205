"""Files named by modality, as public sets are: studies, patients, aliases, and what is ambiguous."""

from pathlib import Path

import pytest

from backend.ingest.layouts.detect import plan
from backend.ingest.layouts.unused import unused_files
from shared.protocols.reader import built_in

BRAIN, LUNG = built_in("brain-glioma-mri"), built_in("lung-ct")


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def found(root: Path, protocol=BRAIN) -> dict[str, tuple[str, set[str]]]:
    """Study -> patient, and the names of its images and masks."""
    return {
        case.study_id: (case.patient_id, {*case.images, *case.masks}) for case in plan(root, "auto", protocol).cases
    }


ALL = {"T1ce", "FLAIR", "T1", "T2", "tumor"}


@pytest.mark.parametrize(
    ("stems", "endings", "expected"),
    [
        (  # BraTS 2023: patient and visit
            ["BraTS-GLI-00005-000", "BraTS-GLI-00005-001", "BraTS-GLI-00006-000"],
            ["-t1c.nii.gz", "-t2f.nii.gz", "-t1n.nii.gz", "-t2w.nii.gz", "-seg.nii.gz"],
            ["BraTS-GLI-00005", "BraTS-GLI-00005", "BraTS-GLI-00006"],
        ),
        (  # BraTS 2020
            ["BraTS20_Training_001", "BraTS20_Training_002"],
            ["_t1ce.nii.gz", "_flair.nii.gz", "_t1.nii.gz", "_t2.nii.gz", "_seg.nii.gz"],
            ["BraTS20_Training_001", "BraTS20_Training_002"],
        ),
        (  # UCSF-PDGM, which has many more
            ["UCSF-PDGM-0004", "UCSF-PDGM-0429_FU003d"],
            ["_T1c.nii.gz", "_FLAIR.nii.gz", "_T1.nii.gz", "_T2.nii.gz", "_tumor_segmentation.nii.gz"],
            ["UCSF-PDGM-0004", "UCSF-PDGM-0429"],
        ),
        (  # PATIENT_STUDY_MODALITY
            ["10_7", "11_8"],
            ["_T1ce.mha", "_flair.mha", "_t1w.mha", "_T2W.mha", "_tumour.nii.gz"],
            ["10", "11"],
        ),
        (  # a word in front tells no patients apart
            ["case_001", "case_002"],
            ["_t1gd.nii.gz", "_flair.nii.gz", "_t1.nii.gz", "_t2.nii.gz", "_seg.nii.gz"],
            ["case_001", "case_002"],
        ),
    ],
    ids=["brats-2023", "brats-2020", "ucsf-pdgm", "patient-study", "case-number"],
)
def test_names_of_public_sets_are_studies_of_patients(tmp_path: Path, stems, endings, expected) -> None:
    touch(tmp_path, *(f"{stem}/{stem}{ending}" for stem in stems for ending in endings))
    assert found(tmp_path) == {stem: (patient, ALL) for stem, patient in zip(stems, expected, strict=True)}


def test_files_of_no_modality_are_listed_as_not_used(tmp_path: Path) -> None:
    names = ("T1c", "T1c_bias", "FLAIR", "FLAIR_bias", "ADC", "brain_segmentation", "tumor_segmentation", "SWI")
    touch(tmp_path, *(f"UCSF-PDGM-0004_{name}.nii.gz" for name in names))
    planned = plan(tmp_path, "auto", BRAIN)
    assert set(planned.cases[0].images) == {"T1ce", "FLAIR"}
    assert [name.removeprefix("UCSF-PDGM-0004_") for name in unused_files(tmp_path, planned, [])] == [
        "ADC.nii.gz",
        "FLAIR_bias.nii.gz",
        "SWI.nii.gz",
        "T1c_bias.nii.gz",
        "brain_segmentation.nii.gz",
    ]


def test_two_files_of_one_modality_make_the_study_ambiguous(tmp_path: Path) -> None:
    touch(tmp_path, "1_2_t1ce.nii.gz", "1_2_T1gd.nii.gz", "1_2_flair.nii.gz", "1_2_seg.nii.gz")
    (case,) = plan(tmp_path, "auto", BRAIN).cases
    assert case.problem == "two files claim to be its T1ce (1_2_T1gd.nii.gz and 1_2_t1ce.nii.gz); keep one"


def test_dicom_folders_are_studies_and_masks_beside_them_theirs(tmp_path: Path) -> None:
    for patient in ("LUNG1-001", "LUNG1-002"):
        touch(tmp_path, f"{patient}/study/ct/1-01.dcm", f"{patient}/study/seg/1-1.dcm")
    touch(tmp_path, "LUNG1-003/dicom/ct/1-01.dcm", "LUNG1-003/LUNG1-003_GTV-1.nii.gz")
    planned = plan(tmp_path, "auto", LUNG)
    assert planned.why == "layout auto under lung-ct: 3 studies, 3 with DICOM series."
    assert [(case.study_id, case.patient_id, list(case.masks)) for case in planned.cases] == [
        ("LUNG1-001", "LUNG1-001", []),
        ("LUNG1-002", "LUNG1-002", []),
        ("LUNG1-003", "LUNG1-003", ["nodule"]),
    ]
    assert {case.study_id for case in plan(tmp_path, "dicom", LUNG).cases} == {case.study_id for case in planned.cases}

"""BIDS with several files of one modality: the geometry tells, it is said, and a person may name another."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.ingest.cohort import ingest
from backend.ingest.layouts.detect import plan
from backend.ingest.layouts.unused import unused_files
from backend.ingest.study import Accepted, Choices
from tests.ingest.files import box, volume

SPACING = (1.0, 1.0, 1.5)
MAKER = {"t2": "anat", "dwi": "dwi", "adc": "dwi"}


def put(image, root, name):
    folder = root / "sub-1" / ("dwi" if "dwi" in name or "adc" in name else "anat")
    folder.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(folder / name))


@pytest.fixture
def root(tmp_path):
    """A study without its T2."""
    (tmp_path / "dataset_description.json").write_text("{}")
    put(volume(seed=1), tmp_path, "sub-1_dwi.nii.gz")
    put(volume(seed=2), tmp_path, "sub-1_adc.nii.gz")
    put(box((4, 4, 1), (20, 18, 8)), tmp_path, "sub-1_label-prostate_mask.nii.gz")
    return tmp_path


def one(root, **named):
    (study,) = ingest(root, spacing=SPACING, choices=Choices(series={"1": named}))
    return study


def chosen(study):
    return [finding.sentence for finding in study.findings if finding.code == "series_chosen"]


def test_the_axial_plane_is_taken_and_said(root):
    turned = sitk.PermuteAxes(volume(), [1, 2, 0])
    for name, image in (("ax", volume()), ("sag", turned), ("cor", turned)):
        put(image, root, f"sub-1_acq-{name}_T2w.nii.gz")
    study = one(root)
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.images["T2"]), sitk.GetArrayFromImage(volume()))
    assert chosen(study) == [
        "T2 is sub-1_acq-ax_T2w.nii.gz: the only axial one of 3 files (also sub-1_acq-cor_T2w.nii.gz, "
        "sub-1_acq-sag_T2w.nii.gz)."
    ]
    assert unused_files(root, plan(root), []) == []


def test_what_was_acquired_is_taken_before_what_was_made_of_it(root):
    put(volume(), root, "sub-1_T2w.nii.gz")
    put(volume(seed=5), root, "sub-1_desc-preproc_T2w.nii.gz")
    study = one(root)
    assert chosen(study) == [
        "T2 is sub-1_T2w.nii.gz: as acquired, not derived, the only such of 2 files (also "
        "sub-1_desc-preproc_T2w.nii.gz)."
    ]


def test_another_file_is_taken_where_a_person_names_it(root):
    put(volume(), root, "sub-1_T2w.nii.gz")
    put(volume(seed=5), root, "sub-1_desc-preproc_T2w.nii.gz")
    study = one(root, T2="sub-1_desc-preproc_T2w")
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.images["T2"]), sitk.GetArrayFromImage(volume(seed=5)))
    assert chosen(study) == [
        "T2 is sub-1_desc-preproc_T2w.nii.gz: named by the importer, one of 2 files (also sub-1_T2w.nii.gz)."
    ]
    assert one(root, T2="sub-2_T2w").reason == (
        "case 1: there is no file 'sub-2_T2w' to take for T2; the study has sub-1_T2w.nii.gz, "
        "sub-1_desc-preproc_T2w.nii.gz."
    )


def test_files_that_fit_equally_are_refused_by_name(root):
    for run in (1, 2):
        put(volume(seed=run), root, f"sub-1_run-{run}_T2w.nii.gz")
    assert one(root).reason == (
        "case 1: sub-1_run-1_T2w.nii.gz and sub-1_run-2_T2w.nii.gz fit T2 equally; name one with --series, or keep one."
    )
    put(box((1, 1, 1), (2, 2, 2), like=volume(origin=(-9.0, -12.0, 4.0))) + 1, root, "sub-1_run-1_T2w.nii.gz")
    assert chosen(one(root)) == [
        "T2 is sub-1_run-2_T2w.nii.gz: on the grid of the mask, the only such of 2 files (also sub-1_run-1_T2w.nii.gz)."
    ]


def test_of_diffusion_images_the_highest_b_is_taken_and_adc_maps_are_told(root):
    put(volume(), root, "sub-1_T2w.nii.gz")
    (root / "sub-1" / "dwi" / "sub-1_dwi.nii.gz").unlink()
    (root / "sub-1" / "dwi" / "sub-1_adc.nii.gz").unlink()
    put(volume(seed=1), root, "sub-1_acq-b50_dwi.nii.gz")
    put(volume(seed=2), root, "sub-1_acq-b1000_dwi.nii.gz")
    put(volume(seed=3), root, "sub-1_desc-ADC_dwi.nii.gz")
    study = one(root)
    assert isinstance(study, Accepted)
    for modality, seed in (("DWI", 2), ("ADC", 3)):
        read = sitk.GetArrayFromImage(study.acquired.images[modality])
        assert np.array_equal(read, sitk.GetArrayFromImage(volume(seed=seed)))
    assert unused_files(root, plan(root), []) == ["sub-1/dwi/sub-1_acq-b50_dwi.nii.gz"]


def test_side_files_that_no_image_needs_are_listed(root):
    put(volume(), root, "sub-1_T2w.nii.gz")
    (root / "participants.tsv").write_text("participant_id\nsub-1\n")
    (root / "README").write_text("x")
    (root / "sub-1" / "anat" / "sub-1_T2w.json").write_text("{}")
    assert unused_files(root, plan(root), []) == ["README", "sub-1/anat/sub-1_T2w.json"]

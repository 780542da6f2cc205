"""Which files make a study, by names alone."""

import pytest

from backend.errors import BadFile, BadImage
from backend.ingest.checks.checksums import find_sums
from backend.ingest.cohort import ingest
from backend.ingest.layouts.detect import plan


def touch(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def named(patient, study, *kinds):
    return [f"{patient}_{study}_{kind}" for kind in kinds]


def test_files_of_a_study_are_gathered_from_any_folder_by_their_names(tmp_path):
    touch(tmp_path / "images" / "Patient Zero", *named("11", "5", "t2w.mha", "hbv.mha", "adc.mha", "cor.mha"))
    touch(tmp_path / "masks", *named("11", "5", "gland.nii.gz", "lesion.nii.gz"), "notes.txt", "11_5.nii.gz")
    (case,) = plan(tmp_path).cases
    assert (case.patient_id, case.study_id, case.problem) == ("11", "11_5", "")
    assert sorted(case.images) == ["ADC", "DWI", "T2"]
    assert sorted(case.masks) == ["gland", "lesion"]


def test_ids_are_text_and_ordered_as_text(tmp_path):
    for patient in ("1", "001", "NA", "10"):
        touch(tmp_path, *named(patient, "5", "t2w.mha"))
    assert [case.patient_id for case in plan(tmp_path).cases] == ["001", "1", "10", "NA"]


def test_two_files_for_one_image_are_a_problem_of_that_study_only(tmp_path):
    touch(tmp_path, *named("1", "5", "t2w.mha", "t2w.nii.gz"), *named("2", "5", "t2w.mha"))
    first, second = plan(tmp_path).cases
    assert first.problem == "two files claim to be its T2 (1_5_t2w.mha and 1_5_t2w.nii.gz); keep one"
    assert second.problem == ""


def test_dicom_series_belong_to_the_masks_beside_or_above_them(tmp_path):
    touch(tmp_path / "a", *named("1", "5", "gland.nii.gz"), "dicom/4/1-01.dcm", "dicom/7/IM0001")
    touch(tmp_path / "b", *named("2", "6", "t2w.mha", "gland.nii.gz"))
    planned = plan(tmp_path)
    first, second = planned.cases
    assert first.dicom == tmp_path / "a"
    assert second.dicom is None
    assert planned.why == "layout auto: 2 studies, 1 with image files in the PI-CAI naming, 1 with DICOM series."
    assert [case.study_id for case in plan(tmp_path, "picai").cases] == ["2_6"]
    assert [case.study_id for case in plan(tmp_path, "dicom").cases] == ["1_5"]


def test_study_with_files_and_dicom_is_read_as_the_layout_says(tmp_path):
    touch(tmp_path / "a", *named("1", "5", "gland.nii.gz", "t2w.mha"), "dicom/4/1-01.dcm")
    assert plan(tmp_path, "picai").cases[0].dicom is None
    assert plan(tmp_path, "dicom").cases[0].images == {}
    assert plan(tmp_path).why.endswith("1 with image files in the PI-CAI naming.")


def test_dicom_that_cannot_be_given_to_one_study_is_a_problem_not_a_guess(tmp_path):
    touch(tmp_path / "both", *named("1", "5", "gland.nii.gz"), *named("2", "6", "gland.nii.gz"), "s/1-01.dcm")
    touch(tmp_path / "none" / "series", "1-01.dcm")
    cases = {case.study_id: case for case in plan(tmp_path).cases}
    assert "share a folder" in cases["1_5"].problem
    assert "share a folder" in cases["2_6"].problem
    assert cases["none"].problem == ""  # a DICOM object may draw its masks


def test_folders_without_studies_and_unknown_layouts_are_refused(tmp_path):
    touch(tmp_path, "readme.txt", "11_5_label.nii.gz")
    with pytest.raises(BadImage, match="holds no study in the layout `auto`"):
        plan(tmp_path)
    with pytest.raises(BadImage, match="no layout `tarball`"):
        plan(tmp_path, "tarball")
    with pytest.raises(BadImage, match="no folder"):
        plan(tmp_path / "readme.txt")


def write_bids(root, tsv=b"index\tname\n1\tPZ\n"):
    """A BIDS study by name, with a label map and the names of its codes."""
    where = root / "sub-1"
    touch(where, "sub-1_T2w.nii.gz", "sub-1_dwi.nii.gz", "sub-1_adc.nii.gz", "sub-1_dseg.nii.gz")
    (where / "sub-1_dseg.tsv").write_bytes(tsv)
    return where


def test_names_of_codes_are_read_as_text_or_are_a_problem_of_that_study(tmp_path):
    where = write_bids(tmp_path)
    assert plan(tmp_path).cases[0].codes == {1: "PZ"}
    for content in ("index\tname\n1\tPériphérie\n".encode("latin-1"), b"index\tname\n" + b"1\tPZ\n" * 300_000):
        (where / "sub-1_dseg.tsv").write_bytes(content)
        (case,) = plan(tmp_path).cases
        assert case.problem == "sub-1_dseg.tsv cannot be read as a table in UTF-8 with tabs; write it again"
    (where / "sub-1_dseg.tsv").write_text("index\tname\n\u00b2\tPZ\n2\tTZ\n")
    assert plan(tmp_path).cases[0].problem == "sub-1_dseg.tsv gives PZ the index '\u00b2'; write a whole number"


def test_a_second_label_map_is_a_problem_not_a_replacement(tmp_path):
    touch(write_bids(tmp_path), "sub-1_desc-late_dseg.nii.gz")
    (case,) = plan(tmp_path).cases
    wanted = "two files claim to be its label map (sub-1_desc-late_dseg.nii.gz and sub-1_dseg.nii.gz); keep one"
    assert case.problem == wanted


def link(path, outside):
    """The file moved out of the data set, a link in its place."""
    path.rename(outside)
    path.symlink_to(outside)


SIDE_FILES = {
    "clinical.csv": ("study_id,patient_id,psa\n1_5,1,3\n", lambda root: list(ingest(root))),
    "marksheet.csv": ("study_id,patient_id,psa\n1_5,1,3\n", lambda root: list(ingest(root))),
    "SHA256SUMS": (f"{'0' * 64}  a\n", find_sums),
    "manifest.csv": ("t2w\n1_5_t2w.mha\n", plan),
    "dataset.json": ('{"modality": {"0": "T2"}, "training": [{"image": "1_5_t2w.mha"}]}', plan),
}


@pytest.mark.parametrize("name", SIDE_FILES)
def test_side_files_are_not_followed_out_of_the_folder(tmp_path, name):
    text, read = SIDE_FILES[name]
    root = tmp_path / "root"
    touch(root, *named("1", "5", "t2w.mha"))
    (root / name).write_text(text)
    assert read(root)
    link(root / name, tmp_path / "outside")
    with pytest.raises(BadFile, match=f"{name} lies outside the folders"):
        read(root)


@pytest.mark.parametrize("name", ["sub-1_dseg.tsv", "sub-1_dwi.bval"])
def test_side_files_of_a_bids_study_are_not_followed_out_of_the_data_set(tmp_path, name):
    where = write_bids(tmp_path / "root")
    (where / "sub-1_dwi.bval").write_text("0 1000")
    assert plan(tmp_path / "root").cases[0].problem == ""
    link(where / name, tmp_path / "outside")
    assert plan(tmp_path / "root").cases[0].problem.startswith(f"{name} lies outside the folders")


def test_a_folder_of_images_is_not_followed_out_of_the_data_set(tmp_path):
    touch(tmp_path / "else", "Meier_0000.nii.gz")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "dataset.json").write_text('{"channel_names": {"0": "T2"}}')
    (tmp_path / "root" / "imagesTr").symlink_to(tmp_path / "else")
    with pytest.raises(BadFile, match="imagesTr lies outside the folders"):
        plan(tmp_path / "root")

"""Folders of other organs: images and masks are found by the names and aliases of a protocol."""

import unicodedata
from pathlib import Path

import pytest
import SimpleITK as sitk

from backend.errors import BadImage
from backend.ingest.layouts.detect import plan
from shared.protocols.reader import built_in, own_protocol
from tests.ingest.protocol_folders import mask, write_brain, write_ct, write_nnunet

BRAIN, LUNG = built_in("brain-glioma-mri"), built_in("lung-ct")


def test_bids_tells_contrast_from_plain_and_finds_the_region(tmp_path: Path) -> None:
    write_brain(tmp_path / "brain")
    found = plan(tmp_path / "brain", "auto", BRAIN)
    assert found.layout == "bids"
    assert [case.study_id for case in found.cases] == ["01", "02"]
    names = {name: path.name for name, path in found.cases[0].images.items()}
    assert names == {
        "T1ce": "sub-01_ce-gd_T1w.nii.gz",
        "FLAIR": "sub-01_FLAIR.nii.gz",
        "T1": "sub-01_T1w.nii.gz",
        "T2": "sub-01_T2w.nii.gz",
    }
    assert {roi: path.name for roi, path in found.cases[0].masks.items()} == {"tumor": "sub-01_label-tumor_mask.nii.gz"}


@pytest.mark.parametrize("contrast", ["gd", "gadolinium", "Gadovist"])
def test_any_contrast_is_the_image_with_contrast(tmp_path: Path, contrast: str) -> None:
    write_brain(tmp_path / "brain", 1)
    folder = tmp_path / "brain" / "sub-01" / "anat"
    (folder / "sub-01_ce-gd_T1w.nii.gz").rename(folder / f"sub-01_ce-{contrast}_T1w.nii.gz")
    (case,) = plan(tmp_path / "brain", "bids", BRAIN).cases
    assert case.images["T1ce"].name == f"sub-01_ce-{contrast}_T1w.nii.gz"
    assert case.images["T1"].name == "sub-01_T1w.nii.gz"


def test_a_segmentation_with_a_table_gives_the_regions_it_names(tmp_path: Path) -> None:
    write_brain(tmp_path / "brain", 1)
    folder = tmp_path / "brain" / "sub-01" / "anat"
    (folder / "sub-01_label-tumor_mask.nii.gz").unlink()
    sitk.WriteImage(mask(2), str(folder / "sub-01_dseg.nii.gz"))
    (case,) = plan(tmp_path / "brain", "bids", BRAIN).cases
    assert case.masks["tumor"].name == "sub-01_dseg.nii.gz"
    (folder / "sub-01_dseg.tsv").write_text("index\tname\n1\tedema\n2\tTumour\n4\twhole_tumor\n", "utf-8")
    (case,) = plan(tmp_path / "brain", "bids", BRAIN).cases
    assert (case.masks, dict(case.region_codes)) == ({}, {"tumor": (2, 4)})


def test_a_manifest_names_images_and_masks_by_aliases(tmp_path: Path) -> None:
    table = write_ct(tmp_path / "ct")
    found = plan(tmp_path / "ct", "auto", LUNG)
    assert found.cases == plan(table, "auto", LUNG).cases
    first = found.cases[0]
    assert (first.study_id, first.patient_id, first.clinical) == ("p0_s0", "p0", {"age": "50"})
    assert (first.images, first.masks) == ({"CT": tmp_path / "ct" / "c0.nrrd"}, {"nodule": tmp_path / "ct" / "m0.nrrd"})
    assert found.columns == ("stage",)


def test_ids_of_a_manifest_are_found_however_they_are_written(tmp_path: Path) -> None:
    table = write_ct(tmp_path / "ct")
    expected = [(case.patient_id, case.study_id, case.others) for case in plan(table, "auto", LUNG).cases]
    for heading in ("Study ID,Patient ID", "StudyID,subject", "study-id,PatientID"):
        _, *rows = table.read_text("utf-8").splitlines()
        table.write_text("\n".join([f"{heading},Chest CT,GTV,age,stage", *rows]) + "\n", "utf-8")
        found = plan(table, "auto", LUNG)
        assert [(case.patient_id, case.study_id, case.others) for case in found.cases] == expected
        assert found.columns == ("stage",)


def test_a_protocol_of_ones_own_reads_the_same_manifest(tmp_path: Path) -> None:
    write_ct(tmp_path / "ct")
    text = (
        "name: mine\nmodalities: [{name: DENSITY, required: true, reference: true, aliases: [chest ct]}]\n"
        "regions: [{name: target, aliases: [gtv]}]\ngrid: {spacing_mm: [1, 1, 1], size_zyx: [64, 64, 64]}\n"
    )
    first = plan(tmp_path / "ct", "auto", own_protocol(text, "mine.yaml")).cases[0]
    assert (list(first.images), list(first.masks)) == (["DENSITY"], ["target"])


def test_a_region_of_nnunet_has_all_its_codes(tmp_path: Path) -> None:
    write_nnunet(tmp_path / "nn")
    found = plan(tmp_path / "nn", "auto", BRAIN)
    (case,) = found.cases
    assert set(case.images) == {"T1ce", "FLAIR"}
    assert dict(case.region_codes) == {"tumor": (1, 2)}
    assert "tumor = 1 + 2; of no region of brain-glioma-mri: necrosis; 1 study." in found.why


def test_what_another_protocol_cannot_read_is_refused(tmp_path: Path) -> None:
    write_brain(tmp_path / "brain", 1)
    with pytest.raises(BadImage, match=r"no study of lung-ct in the layout `picai`: expected a manifest\.csv"):
        plan(tmp_path / "brain", "picai", LUNG)
    with pytest.raises(BadImage, match=r"no study in the layout `bids` with images of lung-ct \(CT\)"):
        plan(tmp_path / "brain", "auto", LUNG)
    table = write_ct(tmp_path / "ct")
    with pytest.raises(BadImage, match=r"no column for an image of brain-glioma-mri \(T1ce, FLAIR, T1, T2\)"):
        plan(table, "auto", BRAIN)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadImage, match=r"expected a manifest\.csv, a dataset\.json, folders sub-\*"):
        plan(tmp_path / "empty", "auto", BRAIN)
    table.write_text(table.read_text("utf-8").replace("stage", "ct"), "utf-8")
    with pytest.raises(BadImage, match=r"two columns for CT \(chest_ct and ct\); keep one"):
        plan(table, "auto", LUNG)


def test_a_bad_table_of_one_session_costs_that_session_alone(tmp_path: Path) -> None:
    """Under a protocol as under the prostate's: the others are planned."""
    for subject in ("a", "b"):
        folder = tmp_path / f"sub-{subject}" / "anat"
        folder.mkdir(parents=True)
        (folder / f"sub-{subject}_ce-gd_T1w.nii.gz").touch()
        (folder / f"sub-{subject}_dseg.nii.gz").touch()
        table = b"index\tname\n1\ttumor\n" if subject == "b" else b"\xff\xfe\x00"
        (folder / f"sub-{subject}_dseg.tsv").write_bytes(table)
    first, second = plan(tmp_path, "bids", BRAIN).cases
    assert first.problem.startswith("sub-a_dseg.tsv cannot be read as a table")
    assert (second.problem, second.region_codes) == ("", {"tumor": (1,)})


def test_an_accent_is_the_same_letter_however_it_is_written(tmp_path: Path) -> None:
    table = write_ct(tmp_path / "ct")
    table.write_text(unicodedata.normalize("NFD", table.read_text("utf-8").replace("GTV", "Läsion")), "utf-8")
    text = (
        "name: mine\nmodalities: [{name: CT, required: true, reference: true, aliases: [chest ct]}]\n"
        "regions: [{name: target, aliases: [läsion]}]\ngrid: {spacing_mm: [1, 1, 1], size_zyx: [64, 64, 64]}\n"
    )
    first = plan(table, "auto", own_protocol(unicodedata.normalize("NFC", text), "mine.yaml")).cases[0]
    assert list(first.masks) == ["target"]


def test_a_description_that_could_be_read_in_two_ways_is_refused(tmp_path: Path) -> None:
    write_nnunet(tmp_path / "nn")
    described = tmp_path / "nn" / "dataset.json"
    described.write_text(described.read_text("utf-8").replace('"necrosis": [2]', '"whole tumor": [2]'), "utf-8")
    with pytest.raises(BadImage, match=r"The dataset.json has the key 'whole tumor' twice; keep one"):
        plan(tmp_path / "nn", "auto", BRAIN)
    write_brain(tmp_path / "brain", 1)
    folder = tmp_path / "brain" / "sub-01" / "anat"
    (folder / "sub-01_label-tumor_mask.nii.gz").rename(folder / "sub-01_dseg.nii.gz")
    (folder / "sub-01_dseg.tsv").write_text("index\tname\n1.0\ttumor\n", "utf-8")
    (case,) = plan(tmp_path / "brain", "auto", BRAIN).cases
    assert case.problem == "sub-01_dseg.tsv gives tumor the index '1.0'; write a whole number"

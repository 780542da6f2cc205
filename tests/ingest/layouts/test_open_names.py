"""An open protocol takes its names from the files: columns, suffixes, channels and labels; doubts are refused."""

import json
from pathlib import Path

import pytest
import SimpleITK as sitk

from backend.errors import Refusal
from backend.ingest.layouts.open_names import closed_plan
from shared.protocols.reader import built_in, read_protocol
from tests.ingest.protocol_folders import image, mask, write_brain, write_ct, write_nnunet

GENERIC = built_in("generic")


def closed(path: Path, protocol=GENERIC):
    root = path.parent if path.is_file() else path
    return closed_plan(path, "auto", protocol, [root])


def test_the_columns_of_a_manifest_are_told_by_their_voxels(tmp_path: Path) -> None:
    table = write_ct(tmp_path / "ct", 3)
    planned, found = closed(table)
    assert (found.name, found.open) == ("generic", False)
    assert [(one.name, one.required, one.reference) for one in found.modalities] == [("Chest-CT", True, True)]
    assert (found.region_names, found.modalities[0].aliases) == (("GTV",), ())
    assert planned.columns == ("stage",)
    assert planned.why.endswith(
        "The columns of manifest.csv name the modalities Chest-CT (reference) and the regions GTV; 1 other columns are "
        "clinical."
    )
    assert {name: path.name for name, path in planned.cases[0].images.items()} == {"Chest-CT": "c0.nrrd"}


def test_suffixes_of_bids_are_names_and_what_some_lack_is_not_required(tmp_path: Path) -> None:
    write_brain(tmp_path / "brain", 3)
    (tmp_path / "brain" / "sub-02" / "anat" / "sub-02_FLAIR.nii.gz").unlink()
    sitk.WriteImage(image(5), str(tmp_path / "brain" / "sub-01" / "anat" / "sub-01_bold.nii.gz"))
    planned, found = closed(tmp_path / "brain")
    assert [(one.name, one.required) for one in found.modalities] == [
        ("FLAIR", False),
        ("T1w", True),
        ("T2w", True),
        ("ce-gd-T1w", True),
    ]
    assert (found.reference, found.region_names) == ("T1w", ("brain", "tumor"))
    assert "FLAIR (not in every study), T1w (reference), T2w, ce-gd-T1w and the regions brain, tumor." in planned.why
    first = {name: path.name for name, path in planned.cases[0].images.items()}
    assert first["ce-gd-T1w"] == "sub-01_ce-gd_T1w.nii.gz"
    assert first["T1w"] == "sub-01_T1w.nii.gz"


def test_channels_and_labels_are_names(tmp_path: Path) -> None:
    write_nnunet(tmp_path / "nn")
    planned, found = closed(tmp_path / "nn")
    assert found.modality_names == ("T1Gd", "FLAIR", "ASL")
    assert found.region_names == ("whole-tumor", "necrosis")
    assert dict(planned.cases[0].region_codes) == {"whole-tumor": (1, 2), "necrosis": (2,)}


def test_an_open_protocol_of_ones_own_keeps_what_it_lists(tmp_path: Path) -> None:
    text = (
        "name: mine\nopen: true\nmodalities: [{name: CT, required: true, reference: true, aliases: [chest ct]}]\n"
        "targets: [{name: stage, kind: class, column: stage, classes: [I, II]}]\n"
        "grid: {spacing_mm: [2, 2, 2], size_zyx: [64, 64, 64]}\n"
    )
    _, found = closed(write_ct(tmp_path / "ct"), read_protocol(text, "mine.yaml"))
    assert (found.modality_names, found.region_names, found.target_names) == (("CT",), ("GTV",), ("stage",))
    assert found.grid.spacing_mm == (2, 2, 2)


def test_names_that_clash_are_refused(tmp_path: Path) -> None:
    table = write_ct(tmp_path / "ct")
    text = table.read_text("utf-8").replace("GTV,age", "Chest+CT,age")
    table.write_text(text, "utf-8")
    sitk.WriteImage(image(3), str(tmp_path / "ct" / "m0.nrrd"))
    sitk.WriteImage(image(4), str(tmp_path / "ct" / "m1.nrrd"))
    with pytest.raises(Refusal, match=r"give the names 'Chest_CT' and 'Chest\+CT', both Chest-CT; rename one"):
        closed(table)
    write_nnunet(tmp_path / "nn")
    described = json.loads((tmp_path / "nn" / "dataset.json").read_text("utf-8"))
    described["channel_names"] = {"0": "MRI", "1": "mri"}
    (tmp_path / "nn" / "dataset.json").write_text(json.dumps(described), "utf-8")
    with pytest.raises(Refusal, match="names two channels 'mri'; give each a name of its own"):
        closed(tmp_path / "nn")


def test_a_name_of_both_kinds_or_with_a_meaning_is_refused(tmp_path: Path) -> None:
    table = write_ct(tmp_path / "ct")
    table.write_text(table.read_text("utf-8").replace("GTV", "labels"), "utf-8")
    with pytest.raises(Refusal, match="is 'labels', a word with a meaning of its own"):
        closed(table)
    table.write_text(table.read_text("utf-8").replace("labels", "chest ct"), "utf-8")
    with pytest.raises(Refusal, match=r"give names that are no protocol: .*has the name|gives the word"):
        closed(table)


def test_what_voxels_and_names_say_apart_is_refused(tmp_path: Path) -> None:
    table = write_ct(tmp_path / "ct")
    sitk.WriteImage(image(3), str(tmp_path / "ct" / "m0.nrrd"))
    with pytest.raises(Refusal, match=r"The column GTV of manifest\.csv is called a mask and holds an image"):
        closed(table)
    table.write_text(table.read_text("utf-8").replace("GTV", "other"), "utf-8")
    with pytest.raises(Refusal, match=r"The column other of manifest\.csv holds images and masks"):
        closed(table)
    for name in ("m0.nrrd", "m1.nrrd"):
        (tmp_path / "ct" / name).unlink()
    with pytest.raises(Refusal, match=r"No file of the column other of manifest\.csv can be read"):
        closed(table)


def test_no_image_in_every_study_is_refused(tmp_path: Path) -> None:
    for n, suffix in enumerate(("T1w", "T2w")):
        folder = tmp_path / f"sub-{n}" / "anat"
        folder.mkdir(parents=True)
        sitk.WriteImage(image(n), str(folder / f"sub-{n}_{suffix}.nii.gz"))
        sitk.WriteImage(mask(), str(folder / f"sub-{n}_label-x_mask.nii.gz"))
    with pytest.raises(Refusal, match=r"No image is there in every study \(T1w, T2w\)"):
        closed(tmp_path)


def test_a_folder_that_names_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1_2_t1.nii.gz").touch()
    with pytest.raises(Refusal, match=r"no manifest\.csv, no dataset\.json and no folder sub-\*, whose names"):
        closed(tmp_path)

"""The form of an import: folders it may read, and what a look into one shows of its DICOM series."""

from pathlib import Path
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from frontend.text.escape import JOINER
from tests.frontend.work_site import Site, words
from tests.ingest.dicom.seg_files import blob, write_images, write_seg
from tests.ingest.files import box, write_dicom_study, write_series, write_study

T2 = ["ORIGINAL", "PRIMARY", "M"]


def field(page: AppTest, label: str) -> TextInput:
    """The box of a label."""
    return next(box for box in page.text_input if box.label == label)


def folder(page: AppTest, path: Path | str, name: str | None = None) -> None:
    """Names the folder, then the cohort; asks for no encoder, so that one job is planned beside the measuring."""
    field(page, "Folder on the server").set_value(str(path)).run()
    if name is not None:
        field(page, "Name of the new cohort").set_value(name).run()
        next(one for one in page.main.get("button_group") if one.label == "Encoder").set_value("nothing").run()


def started(site: Site) -> dict[str, Any]:
    """The parameters of the import that was started."""
    return next(job.params for job in site.client.jobs() if job.kind == "import_cases")


def test_a_folder_outside_the_roots_is_refused_before_the_press(own_site: Site) -> None:
    page = own_site.page("run", do="import_cases")
    folder(page, "/etc")
    assert page.button(key="start").disabled
    assert len(page.warning) == 1
    assert "/etc" not in page.warning[0].value


LIVER = b"""
name: liver-mri
modalities:
  - {name: HBP, required: true, reference: true, aliases: [hepatobiliary]}
regions: [{name: tumor, required: true}]
grid: {spacing_mm: [1, 1, 2], size_zyx: [64, 160, 160]}
"""


def write_brain(folder: Path) -> None:
    """One study of a manifest: two images and an outline."""
    write_study(folder / "one")
    rows = "patient_id,study_id,t1gd,flair,seg\np1,s1,one/t2.nii.gz,one/adc.nii.gz,one/gland.nii.gz\n"
    (folder / "manifest.csv").write_text(rows)


def test_files_are_taken_for_images_and_regions_of_the_chosen_protocol(own_site: Site, tmp_path: Path) -> None:
    write_brain(tmp_path / "brains")
    page = own_site.page("run", do="import_cases")
    choice = next(box for box in page.selectbox if box.label.startswith("What the cases have"))
    assert choice.options[1].startswith("brain-glioma-mri: MRI of gliomas")
    choice.set_value("brain-glioma-mri").run()
    assert "Names of the codes in zones masks" not in [box.label for box in page.text_input]
    folder(page, tmp_path / "brains", "brains")
    assert not page.exception
    taken = page.dataframe[0].value
    assert list(taken.columns) == ["Study", "T1ce", "FLAIR", "tumor"]
    assert taken["tumor"].notna().all()
    assert "No file was found for T1 and T2." in words(page)
    page.button(key="start").click().run()
    assert started(own_site)["protocol"] == "brain-glioma-mri"


def test_a_protocol_of_ones_own_is_checked_at_once_and_sent_whole(own_site: Site, tmp_path: Path) -> None:
    page = own_site.page("run", do="import_cases")
    choice = next(box for box in page.selectbox if box.label.startswith("What the cases have"))
    choice.set_value("my own file").run()
    assert "Open or paste the protocol's file (YAML), or take a built-in protocol." in words(page)
    box = next(one for one in page.text_area if one.label == "Protocol (YAML)")
    box.set_value(LIVER.replace(b"required: true}]", b"size: 3}]").decode() + "more: 1\n").run()
    said = [error.value.replace("\\", "") for error in page.error]
    assert said == [
        "protocol.yaml: regions[0].size is no key of a protocol; check its spelling.",
        "protocol.yaml: more is no key of a protocol; check its spelling.",
    ]
    assert page.button(key="start").disabled
    next(one for one in page.text_area if one.label == "Protocol (YAML)").set_value(LIVER.decode()).run()
    assert not page.error
    (tmp_path / "empty").mkdir()
    folder(page, tmp_path / "empty")
    assert "/data/liver-mri" in [box.placeholder for box in page.text_input]
    assert "files named PATIENT_STUDY_HBP.nii.gz (or by an alias)" in words(page).replace("\\", "")
    assert not page.exception


def test_a_folder_is_looked_into_and_another_series_is_named(own_site: Site, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    write_dicom_study(sent / "one", "100", "9")
    write_series(sent / "one" / "dicom" / "5-t2", 5, "t2_tse_tra_repeat", ["ORIGINAL", "PRIMARY", "M"])
    page = own_site.page("run", do="import_cases")
    folder(page, sent, "clinic")
    assert not page.exception
    assert "**1 study**, read as" in words(page)
    t2 = page.selectbox(key="series-100_9-T2")
    assert t2.options[0] == "automatic: 5"
    t2.set_value("4").run()
    page.button(key="start").click().run()
    assert started(own_site)["series"] == {"100_9": {"T2": "4"}}


def test_every_series_is_listed_and_one_of_two_equal_ones_is_chosen(own_site: Site, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    write_dicom_study(sent / "one", "100", "9")
    write_series(sent / "one" / "dicom" / "5-t2", 5, "t2_tse_tra", T2)
    write_series(sent / "one" / "dicom" / "9-exp", 9, "Jansen eADC", ["DERIVED", "SECONDARY", "OTHER"])
    page = own_site.page("run", do="import_cases")
    folder(page, sent, "clinic")
    assert not page.exception
    (told,) = [warning.value for warning in page.warning if "T2" in warning.value]
    assert told.startswith("**T2**: Series 4 and 5 fit T2 equally")
    listed = words(page)
    assert "- **5:** named T2, axial; undecided: fits T2 as well as another" in listed
    assert "- **8, taken as DWI:** computed diffusion, b = 1400 s/mm2" in listed
    assert "- **9:** an exponential map, no ADC" in listed
    assert "Axial, 1 x 1 mm, 24 x 22, 9 slices over 24 mm. ImageType DERIVED SECONDARY OTHER. Named eadc." in listed
    assert "ansen" not in listed
    box = page.selectbox(key="series-100_9-T2")
    assert box.options[0] == "automatic: none"
    box.set_value("5").run()
    page.button(key="start").click().run()
    assert started(own_site)["series"] == {"100_9": {"T2": "5"}}


def test_masks_in_dicom_are_listed_and_options_hold_in_the_look(own_site: Site, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    files = write_images(sent / "one" / "dicom")
    pixels = np.stack([blob(), blob(1)], -1)
    write_seg(sent / "one" / "dicom" / "s_1.dcm", files, pixels, ["Prostate", "Jansen"])
    page = own_site.page("run", do="import_cases")
    folder(page, sent, "clinic")
    assert not page.exception
    listed = words(page).replace("\\", "").replace(JOINER, "")
    assert "- Segmentation s_1.dcm" in listed
    assert "- **Segment 1, Prostate: used as gland**" in listed
    assert "- Segment 2, a name of unknown words: not used, no word or code names a region" in listed
    assert "ansen" not in listed
    (zones,) = [box for box in page.text_input if box.label == "Names of the codes in zones masks"]
    zones.set_value("1=TZ,2=PZ").run()
    assert "Segment 1, Prostate" not in words(page)
    assert "no study has a zones mask" in page.warning[0].value
    write_study(tmp_path / "sent" / "two", zones=box((6, 6, 3), (10, 11, 5), value=2))
    folder(page, sent / "two")
    assert "Codes of label maps: 1 = TZ, 2 = PZ." in words(page).replace("\\", "")

"""Two synthetic studies to look into before an import: everything that a scanner sends, and one that is refused."""

from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from tests.browser.site import Site, settled
from tests.ingest.dicom.seg_files import SHAPE, SPACE, T2, TRACE, write_images, write_rtstruct, write_seg
from tests.ingest.files import write_dicom_study, write_series

DIFFUSION = ["DERIVED", "PRIMARY", "DIFFUSION"]
SAID = {"whole": "taken as T2:", "refused": "Series 4 and 5 fit T2 equally"}
"""Folder -> what a look into it says."""


def whole(folder: Path) -> None:
    """A study with everything a scanner sends, and masks as DICOM objects."""
    dicom = folder / "100_9"
    files = write_images(dicom)
    for number, name, kind, b_value in (
        (1, "localizer", T2, None),
        (3, "t2_tse_tra_large_FOV", T2, None),
        (5, "ep2d_diff_TRACEW", TRACE, 50),
        (9, "ep2d_diff_exp_ADC", [*DIFFUSION, "EADC"], None),
        (10, "ADC fit error", ["DERIVED", "SECONDARY", "OTHER"], None),
    ):
        changes = {"PixelSpacing": [2.0, 2.0]} if number == 3 else {}
        write_series(dicom / f"{number}-more", number, name, kind, b_value, **changes)
    masks = np.zeros((*SHAPE, 3), bool)
    masks[1:8, 4:18, 5:20, 0] = masks[3:5, 6:9, 7:11, 1] = masks[6:8, 2:5, 8:14, 2] = True
    write_seg(dicom / "seg.dcm", files, masks, ["Prostate", "Lesion 1", "Bladder"])
    square = [[x, y, 10.0] for x, y in ((-2.0, -4.0), (3.0, -4.0), (3.0, 1.0), (-2.0, 1.0))]
    write_rtstruct(dicom / "plan.dcm", {"CTV": [square], "Femoral head L": [square]}, SPACE)


def refused(folder: Path) -> None:
    """A study with two equal T2 series."""
    write_dicom_study(folder, "200", "9")
    write_series(folder / "dicom" / "5-t2", 5, "t2_tse_tra", T2)


def look(page: Page, site: Site, folder: Path) -> None:
    """Looks into a folder in the form of an import and waits for what it says."""
    page.goto(f"{site.address}/run?do=import_cases")
    settled(page)
    page.get_by_text("Or take a folder that lies on the server").click()
    box = page.get_by_role("textbox", name="Folder on the server")
    box.fill(str(folder))
    box.press("Enter")
    settled(page)
    page.get_by_text(SAID[folder.name]).first.wait_for()
    settled(page)

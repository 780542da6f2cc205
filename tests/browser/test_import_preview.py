"""A look into a whole-study folder and into one that is refused: every series is listed, on a desk and on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.site import Watch, served, settled, signed_in
from tests.ingest.files import write_dicom_study, write_series

LOOKS = {"light": (1440, "light"), "dark": (1440, "dark"), "390": (390, "light")}
T2 = ["ORIGINAL", "PRIMARY", "M"]
DIFFUSION = ["DERIVED", "PRIMARY", "DIFFUSION"]


def whole(folder: Path) -> None:
    """A study with everything a scanner sends."""
    write_dicom_study(folder, "100", "9")
    for number, name, kind, b_value in (
        (1, "localizer", T2, None),
        (3, "t2_tse_tra_large_FOV", T2, None),
        (5, "ep2d_diff_TRACEW", [*DIFFUSION, "TRACEW"], 50),
        (9, "ep2d_diff_exp_ADC", [*DIFFUSION, "EADC"], None),
        (10, "ADC fit error", ["DERIVED", "SECONDARY", "OTHER"], None),
    ):
        changes = {"PixelSpacing": [2.0, 2.0]} if number == 3 else {}
        write_series(folder / "dicom" / f"{number}-more", number, name, kind, b_value, **changes)


def refused(folder: Path) -> None:
    """A study with two equal T2 series."""
    write_dicom_study(folder, "200", "9")
    write_series(folder / "dicom" / "5-t2", 5, "t2_tse_tra", T2)


SAID = {"whole": "taken as T2:", "refused": "Series 4 and 5 fit T2 equally"}


def test_a_look_into_a_folder(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screenshots: Path
) -> None:
    monkeypatch.setenv("RADIOMICLENS_IMPORT_ROOTS", str(tmp_path / "sent"))
    whole(tmp_path / "sent" / "whole")
    refused(tmp_path / "sent" / "refused")
    with served(tmp_path / "data") as site:
        first = signed_in(browser, site)
        state = first.storage_state()
        first.close()
        watch = Watch(site.address)
        for name, (width, scheme) in LOOKS.items():
            context = browser.new_context(
                storage_state=state,
                viewport={"width": width, "height": 1000},
                color_scheme=scheme,  # type: ignore[arg-type] # a literal
            )
            for folder, sentence in SAID.items():
                page = context.new_page()
                watch.on(page)
                page.goto(f"{site.address}/run?do=import_cases")
                settled(page)
                box = page.get_by_label("Folder on the server")
                box.fill(str(tmp_path / "sent" / folder))
                box.press("Enter")
                settled(page)
                page.get_by_role("button", name="Look into the folder").click()
                page.get_by_text(sentence).first.wait_for()
                settled(page)
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                page.set_viewport_size({"width": width, "height": 2600 if width < 500 else 1900})
                settled(page)
                page.screenshot(path=screenshots / f"import-preview-{folder}-{name}.png")
                page.close()
            context.close()
    assert (watch.console, watch.outside) == ([], [])

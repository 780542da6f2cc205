"""A look into a whole-study folder and into one that is refused: every series is listed, on a desk and on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.import_studies import SAID, look, refused, whole
from tests.browser.site import Watch, served, settled, signed_in

LOOKS = {"light": (1440, "light"), "dark": (1440, "dark"), "390": (390, "light")}


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
            for folder in SAID:
                page = context.new_page()
                watch.on(page)
                look(page, site, tmp_path / "sent" / folder)
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                page.set_viewport_size({"width": width, "height": 3600 if width < 500 else 2300})
                settled(page)
                page.screenshot(path=screenshots / f"import-preview-{folder}-{name}.png")
                page.close()
            context.close()
    assert (watch.console, watch.outside) == ([], [])

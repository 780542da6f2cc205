"""The door of Run for images, with real files; that for tables begins the story of a student (`test_stories.py`)."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.hand import Hand
from tests.browser.import_studies import whole
from tests.browser.site import Watch, served, settled, signed_in


def test_the_door_for_images_plans_a_chain_from_a_folder(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screenshots: Path
) -> None:
    monkeypatch.setenv("RADIOMICLENS_IMPORT_ROOTS", str(tmp_path / "sent"))
    whole(tmp_path / "sent" / "whole")
    with served(tmp_path / "data") as site:
        page = signed_in(browser, site, viewport={"width": 1440, "height": 1000}).new_page()
        watch, hand = Watch(site.address), Hand(page)
        watch.on(page)
        page.goto(f"{site.address}/run")
        settled(page)
        hand.click(page.get_by_role("button", name="Bring images"))
        hand.click(page.get_by_text("Or take a folder that lies on the server"))
        hand.click(page.get_by_role("button", name="sent"))
        hand.click(page.get_by_role("button", name="Choose this folder"))
        expect(page.get_by_text("taken as T2:").first).to_be_visible(timeout=60_000)
        expect(page.get_by_text("All steps together")).to_be_visible(timeout=60_000)
        settled(page)
        page.screenshot(path=screenshots / "run-images-1440.png", full_page=True)
        expect(page.get_by_role("button", name="Import and run all")).to_be_enabled()
        assert hand.typed == []
        assert (watch.console, watch.outside) == ([], [])
        page.context.close()

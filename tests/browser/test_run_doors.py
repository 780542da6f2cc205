"""The doors of Run with real files: own tables to the top shift's patient, clicks and typed fields counted."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from backend.science.synthetic.tables import synth_tables
from tests.browser.axe import findings
from tests.browser.import_studies import whole
from tests.browser.site import Watch, served, settled, signed_in

MOST_CLICKS, MOST_FIELDS = 8, 2
ANALYSED_MS = 180_000


@dataclass
class Hand:
    """Counts what a person does."""

    page: Page
    clicks: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)

    def click(self, what: Locator) -> None:
        self.clicks.append(str(what))
        what.click()
        settled(self.page)

    def choose(self, button: Locator, files: list[Path]) -> None:
        """One click opens the system's own dialog, in which files are marked."""
        self.clicks.append(str(button))
        with self.page.expect_file_chooser() as chooser:
            button.click()
        chooser.value.set_files(files)


@pytest.fixture
def own_tables(tmp_path: Path) -> list[Path]:
    """Tables as a student has them: ids of their own, a label, a column nobody asked for."""
    folder = tmp_path / "tables"
    folder.mkdir()
    drawn = synth_tables(60, 36, 12, 0, "planted", 0.1)
    ids = ["study_id", "patient_id"]
    clinical = drawn.radiomics[ids].assign(malignant=[n % 2 for n in range(len(drawn.radiomics))], ward="x")
    frames = {"pre": drawn.pre, "ft": drawn.ft, "radiomics_lesion": drawn.radiomics, "clinical": clinical}
    for name, frame in frames.items():
        frame.to_csv(folder / f"liver_{name}.csv", index=False)
    return sorted(folder.iterdir())


def test_from_ones_own_tables_to_the_top_shifts_patient(
    browser: Browser, tmp_path: Path, own_tables: list[Path], screenshots: Path
) -> None:
    with served(tmp_path / "data") as site:
        page = signed_in(browser, site, viewport={"width": 1440, "height": 1000}).new_page()
        watch, hand = Watch(site.address), Hand(page)
        watch.on(page)
        page.goto(f"{site.address}/overview")
        settled(page)
        hand.click(page.get_by_role("link", name="Run"))
        hand.click(page.get_by_role("button", name="I have tables"))
        hand.choose(page.get_by_role("button", name="Choose files"), own_tables)
        expect(page.get_by_text("in every table")).to_be_visible(timeout=60_000)
        settled(page)
        assert page.get_by_role("textbox", name="Name of the new cohort").input_value() == "liver"
        assert findings(page) == []
        page.screenshot(path=screenshots / "run-tables-1440.png", full_page=True)
        hand.click(page.get_by_role("button", name="Import and analyse"))
        shift = page.get_by_role("link", name="Open the strongest shift")
        expect(shift).to_be_visible(timeout=ANALYSED_MS)
        page.reload()
        settled(page)
        expect(shift).to_be_visible()  # the form and what it started survive a reload
        hand.click(shift)
        assert "feature=" in page.url
        hand.click(page.locator("a[href*='/cases?'][href*='case=']").filter(visible=True).first)
        page.wait_for_url("**/cases?*case=*")
        assert len(hand.clicks) <= MOST_CLICKS, hand.clicks
        assert len(hand.typed) <= MOST_FIELDS, hand.typed
        assert (watch.console, watch.outside) == ([], [])
        page.context.close()


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
        hand.click(page.get_by_role("button", name="I have images"))
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

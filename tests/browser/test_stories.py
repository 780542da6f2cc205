"""Two of the three readers from their first click to what they take away: a student, and a reviewer who doubts.

The third, a clinician with a link, is in `test_clinician.py`.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backend.science.synthetic.tables import synth_tables
from tests.browser.axe import findings
from tests.browser.explorer_page import asked, explorer, panel_of
from tests.browser.hand import Hand
from tests.browser.site import Site, Watch, command, served, settled, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

MOST_CLICKS, MOST_FIELDS = 8, 2
ANALYSED_MS = 180_000
PATIENTS = 96


def tables(folder: Path, scenario: str) -> list[Path]:
    """Tables as a student has them: ids of their own, a label, a column nobody asked for."""
    folder.mkdir()
    drawn = synth_tables(PATIENTS, 36, 12, 0, scenario, 0.1)
    rows = drawn.radiomics[["study_id", "patient_id"]]
    patient = rows["patient_id"].astype(int)
    center = (patient % 3).map({0: "south", 1: "north", 2: "north"})
    clinical = rows.assign(malignant=(patient * 7 % 5) % 2, center=center, ward="x")
    frames = {"pre": drawn.pre, "ft": drawn.ft, "radiomics_lesion": drawn.radiomics, "clinical": clinical}
    for name, frame in frames.items():
        frame.to_csv(folder / f"liver_{name}.csv", index=False)
    return sorted(folder.iterdir())


def made_again(bundle: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the bundle's own command line says of its numbers."""
    with zipfile.ZipFile(bundle) as packed:
        packed.extractall(folder)
    (script,) = folder.rglob("replicate.sh")
    program = folder / "bin" / "radiomiclens"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m backend.cli.main "$@"\n')
    program.chmod(0o755)
    path = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(["sh", str(script)], env=os.environ | path, capture_output=True, text=True, timeout=300)


def test_a_student_brings_tables_and_takes_the_numbers_home(
    browser: Browser, tmp_path: Path, screenshots: Path
) -> None:
    with served(tmp_path / "data") as site:
        page = signed_in(browser, site, viewport={"width": 1440, "height": 1000}).new_page()
        watch, hand = Watch(site.address), Hand(page)
        watch.on(page)
        page.goto(f"{site.address}/overview")
        settled(page)
        brings(hand, tables(tmp_path / "tables", "planted"), screenshots)
        assert len(hand.clicks) <= MOST_CLICKS, hand.clicks
        assert len(hand.typed) <= MOST_FIELDS, hand.typed
        page.go_back()
        settled(page)
        keeps_the_north(hand)
        saves_a_view(hand, site)
        bundle = hand.save(page.get_by_role("button", name="Bundle"), tmp_path)
        done = made_again(bundle, tmp_path / "home")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "equal" in done.stdout
        assert (watch.console, watch.outside) == ([], [])
        page.context.close()


def brings(hand: Hand, own: list[Path], screenshots: Path) -> None:
    """From the files to the patient of the strongest shift."""
    page = hand.page
    hand.click(page.get_by_role("link", name="Run"))
    hand.click(page.get_by_role("button", name="Bring tables"))
    hand.choose(page.get_by_role("button", name="Choose files"), own)
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
    panel_of(page)
    hand.click(explorer(page).locator(".panel a[href*='case=']").first)
    page.wait_for_url("**/cases?*case=*")


def keeps_the_north(hand: Hand) -> None:
    """A subgroup by a clinical column, analysed where it was asked for."""
    page = hand.page
    everybody = explorer(page).locator(".scatter").inner_text()
    hand.click(page.get_by_role("button", name=f"All {PATIENTS} patients"))
    hand.click(page.get_by_role("combobox", name="By"))
    hand.click(page.get_by_role("option").filter(has_text="Centre"))
    hand.click(page.get_by_role("button", name="north"))
    hand.click(page.get_by_role("button", name="Show these"))
    expect(page.get_by_text("match the filter").first).to_be_visible()
    hand.click(page.get_by_role("button", name="Analyse these 64 patients").first)
    expect(page.get_by_text("The numbers below are of").first).to_contain_text("64 of 96", timeout=ANALYSED_MS)
    settled(page)
    panel_of(page)
    assert explorer(page).locator(".scatter").inner_text() != everybody


def saves_a_view(hand: Hand, site: Site) -> None:
    """The view keeps the subgroup; opened from another page it shows the same."""
    page = hand.page
    hand.click(page.get_by_role("button", name="Views"))
    hand.type(page.get_by_role("textbox", name="Save this view as"), "the north alone")
    hand.click(page.get_by_role("button", name="Save this view"))
    page.goto(f"{site.address}/jobs")
    settled(page)
    page.goto(f"{site.address}/overview")
    settled(page)
    hand.click(page.get_by_role("button", name="Views"))
    hand.click(page.get_by_role("link", name="the north alone"))
    page.wait_for_url("**/shifts?*where=*")
    expect(page.get_by_text("The numbers below are of").first).to_contain_text("64 of 96")


def test_a_student_sees_the_feature_in_the_patient(profile: BrowserContext, site: Site) -> None:
    analyses = asked(profile, site, "/analyses", limit=50)["items"]
    found = next(one["id"] for one in analyses if one["has_images"])
    page = profile.new_page()
    watch = Watch(site.address)
    watch.on(page)
    page.goto(f"{site.address}/shifts?analysis={found}&image=original&class=GLCM")
    settled(page)
    panel = panel_of(page)
    picture = panel.locator("img").first
    expect(picture).to_be_visible(timeout=60_000)
    panel.locator("a[href*='case=']").first.click()
    page.wait_for_url("**/cases?*case=*")
    assert "feature=" in page.url
    settled(page)
    expect(page.locator(".map-legends")).to_be_visible(timeout=60_000)  # the map lies over the image
    expect(page.locator(".map-words")).to_be_visible()
    assert (watch.console, watch.outside) == ([], [])
    page.close()


def test_a_reviewer_doubts_a_null_result(browser: Browser, tmp_path: Path) -> None:
    files = {path.stem.removeprefix("liver_"): path for path in tables(tmp_path / "tables", "null_all")}
    data = tmp_path / "data"
    given = ["--pre", files["pre"], "--ft", files["ft"], "--radiomics", files["radiomics_lesion"]]
    named = ["--task", "malignant", "--roi", "lesion"]
    for words in (["import", "tables", "--cohort", "liver", *given, *named], ["analyze", "liver", *named, "--wait"]):
        subprocess.run(command(*map(str, words), "--data-dir", str(data)), check=True, timeout=300)
    with served(data) as site:
        page = signed_in(browser, site, viewport={"width": 1440, "height": 1000}).new_page()
        watch, hand = Watch(site.address), Hand(page)
        watch.on(page)
        page.goto(f"{site.address}/overview")
        settled(page)
        reads_the_null(page)
        expect(page.get_by_text("simulated cohorts").first).to_be_visible(timeout=ANALYSED_MS)  # the power
        hand.click(page.get_by_role("radio", name="Paper"))
        expect(page.get_by_text("ΔI").first).to_be_visible()
        bundle = hand.save(page.get_by_role("button", name="Bundle"), tmp_path)
        with zipfile.ZipFile(bundle) as packed:
            packed.extractall(tmp_path / "result")
        (report,) = (tmp_path / "result").rglob("report.json")
        checked = subprocess.run(command("verify", str(report.parent)), capture_output=True, text=True, timeout=300)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert (watch.console, watch.outside) == ([], [])
        page.context.close()


def reads_the_null(page: Page) -> None:
    """No change is claimed, what could have been seen stands there, and what would be needed."""
    text = page.locator(".st-key-answer").inner_text()
    assert "more strongly" not in text
    assert f"No change by fine-tuning for malignant was found.\n\nOf 18 groups in {PATIENTS} patients, none" in text

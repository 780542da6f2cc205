"""`python docs/draw_tutorial.py DATA`: draws the pictures of docs/tutorial from a data folder of the whole demo.

The demo holds the cohort of the tutorial, made and trained by the same recipe. The report of tables is made here.
"""

import argparse
import subprocess
import tempfile
from io import BytesIO
from pathlib import Path

from draw_pages import COHORT, FOLDER, at_rest, copy_served, shown_analysis
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.site import Site, command, signed_in

WINDOW = {"width": 1280, "height": 800}
WIDTH, COLOURS = 1100, 64
"""Of a kept picture: small enough for a page, sharp enough to read."""
WAIT_MS, PATIENTS = 240_000, 3
PAGES = ("overview", "shifts", "groups", "data")
TABLES = ("pre.csv", "ft.csv", "radiomics.parquet", "clinical.csv")


def kept(picture: bytes, title: str) -> None:
    """Keeps a screenshot as PNG with few colours, which is a sixth of its size."""
    whole = Image.open(BytesIO(picture)).convert("RGB")
    small = whole.resize((WIDTH, round(whole.height * WIDTH / whole.width)), Image.Resampling.LANCZOS)
    few = small.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(FOLDER / f"tutorial-{title}.png", optimize=True)


def with_maps(page: Page) -> None:
    """Waits until the three patients of the chosen feature and the maps over them stand."""
    pictures = page.locator(".explorer figure[data-case] img")
    pictures.nth(2 * PATIENTS - 1).wait_for(timeout=WAIT_MS)
    pictures.evaluate_all("(images) => Promise.all(images.map((one) => one.decode()))")


def draw_dashboard(profile: BrowserContext, site: Site) -> None:
    """The pages that the tutorial of images reads, and a patient of the first feature."""
    analysis = shown_analysis(profile, site)
    cohorts = profile.request.get(f"{site.address}/api/v1/cohorts").json()["items"]
    cohort = next(one["id"] for one in cohorts if one["name"] == COHORT)
    page = profile.new_page()
    for name in PAGES:
        about = f"cohort={cohort}" if name == "data" else f"analysis={analysis}"
        page.goto(f"{site.address}/{name}?{about}")
        at_rest(page)
        if name == "shifts":
            with_maps(page)
        kept(page.screenshot(), name)
    page.goto(f"{site.address}/shifts?analysis={analysis}")
    at_rest(page)
    page.locator(".explorer .panel a[href*='case=']").first.click()
    page.wait_for_url("**/cases?*case=*")
    page.locator(".map-legends").wait_for(timeout=WAIT_MS)
    at_rest(page)
    kept(page.screenshot(), "case")
    page.close()


def draw_report(browser: Browser) -> None:
    """The report of the tutorial of tables: its answer, and its groups."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = [folder / "practice" / one for one in TABLES]
        options = [word for one in given for word in (f"--{one.stem}", str(one))]
        drawn = ("synth", str(folder / "practice"), "--tables", "planted", "--cases", "300")
        read = ("analyze-tables", *options, "--label", "pirads", "--out", str(folder / "results"))
        for words in (drawn, read):
            subprocess.run(command(*words), check=True, capture_output=True)
        page = browser.new_page(viewport=WINDOW, color_scheme="light")  # type: ignore[arg-type] # by name
        page.goto((folder / "results" / "report.html").as_uri())
        kept(page.screenshot(), "report")
        kept(page.locator("figure").first.screenshot(), "report-groups")
        page.close()


def main(data: Path) -> None:
    """Draws all pictures from a copy of the folder."""
    with copy_served(data) as (_, site, browser):
        draw_report(browser)
        draw_dashboard(signed_in(browser, site, viewport=WINDOW, color_scheme="light"), site)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path, help="data folder of the whole demo")
    main(options.parse_args().data)

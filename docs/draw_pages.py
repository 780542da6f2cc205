"""`python docs/draw_pages.py DATA`: draws the pictures of pages in README.md from a data folder of the whole demo.

The demo (`radiomiclens demo --data-dir DATA`) takes minutes; its folder is copied, so that nothing in it changes.
"""

import argparse
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.site import Site, chromium, command, served, settled, signed_in

FOLDER = Path(__file__).parent / "pictures"
COHORT, TASK = "demo-prostates", "pirads"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 430, "height": 932}
FRAME, MS_A_FRAME = (960, 600), 1600
QUALITY = 80
READY_MS = 90_000


def shown_analysis(profile: BrowserContext, site: Site) -> str:
    """The analysis that the pictures are of."""
    found: list[dict[str, Any]] = profile.request.get(f"{site.address}/api/v1/analyses").json()["items"]
    return str(next(one["id"] for one in found if one["cohort_name"] == COHORT and one["task"] == TASK))


def at_rest(page: Page) -> None:
    """Waits until the page and its pictures of patients stand."""
    settled(page)
    page.wait_for_function(
        "() => [...document.images].every((one) => one.complete) && !document.body.innerText.includes('being drawn')",
        timeout=READY_MS,
    )
    page.wait_for_timeout(2500)


def draw_pages(profile: BrowserContext, site: Site, analysis: str) -> None:
    """Overview, Shifts and Cases as stills, and the way from one to the next as a short film."""
    frames: list[bytes] = []
    page = profile.new_page()

    def still(title: str | None = None) -> None:
        at_rest(page)
        frames.append(page.screenshot())
        if title is not None:
            kept(frames[-1], title)

    page.goto(f"{site.address}/overview?analysis={analysis}")
    still("overview")
    page.goto(f"{site.address}/shifts?analysis={analysis}")
    page.locator(".explorer .row").first.wait_for()
    still("shifts")
    for n in range(2):
        page.locator(".explorer .row").nth(n).focus()
        page.keyboard.press("j")
        still()
    page.locator(".explorer .panel a[href*='case=']").first.click()
    page.wait_for_url("**/cases?*case=*")
    page.locator(".map-legends").wait_for(timeout=READY_MS)
    still("case")
    page.close()
    film = [Image.open(BytesIO(one)).convert("RGB").resize(FRAME, Image.Resampling.LANCZOS) for one in frames]
    film[0].save(
        FOLDER / "film.webp", save_all=True, append_images=film[1:], duration=MS_A_FRAME, loop=0, quality=QUALITY
    )


def kept(picture: bytes, title: str) -> None:
    """Keeps a screenshot as WebP, which is a third of its size."""
    Image.open(BytesIO(picture)).convert("RGB").save(FOLDER / f"{title}.webp", quality=QUALITY, method=6)


def draw_link(browser: Browser, data: Path, analysis: str, site: Site) -> None:
    """The page behind a link, as a clinician has it on a phone."""
    words = ("share", "create", "--json", "--base-url", site.address, "--data-dir", str(data), analysis)
    sender = ("--with-pictures", "--from", "the imaging group")
    made = subprocess.run(command(*words, *sender), check=True, capture_output=True, text=True)
    page = browser.new_page(viewport=PHONE, device_scale_factor=1.5, has_touch=True)  # type: ignore[arg-type] # by name
    page.goto(json.loads(made.stdout)["url"])
    page.get_by_role("button", name="Open the result").click()
    page.wait_for_url("**/shared?link=*")
    page.wait_for_timeout(3000)
    kept(page.screenshot(), "clinician")
    page.close()


@contextmanager
def copy_served(data: Path) -> Iterator[tuple[Path, Site, Browser]]:
    """A copy of a data folder, a server of it and a browser."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "data"
        shutil.copytree(data, copy)
        (copy / "worker.lock").unlink(missing_ok=True)
        with served(copy) as site, chromium() as browser:
            yield copy, site, browser


def main(data: Path) -> None:
    """Draws all pictures from a copy of the folder."""
    with copy_served(data) as (copy, site, browser):
        profile = signed_in(browser, site, viewport=WIDE, color_scheme="light")
        analysis = shown_analysis(profile, site)
        draw_pages(profile, site, analysis)
        draw_link(browser, copy, analysis, site)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path, help="data folder of the whole demo")
    main(options.parse_args().data)

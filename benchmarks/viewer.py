"""`python -m benchmarks.viewer`: how fast the viewer is in a real browser on the real cases; writes the figures.

A slice change runs from the key to the second animation frame after it: the first draws, the second starts when what
was drawn has been handed on. First usable runs from the start of navigation, in a fresh browser profile, until all
three images are on their canvases; the server has prepared the volumes before.
"""

import argparse
import tempfile
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.acceptance import ROOT, Figure, command
from benchmarks.page import measured_by, table, write_block
from tests.browser.site import Site, chromium, served, signed_in

CASES = ROOT.parent / "shared" / "data" / "cases"
LOOK = {"viewport": {"width": 1440, "height": 1000}}
CHANGES = 120
OPENINGS = 9
WINDOW_MS = 2500
"""Time until the frame of a new window is drawn."""
STEP = """async (viewer, key) => {
  const start = performance.now();
  viewer.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - start;
}"""


def opened(page: Page, address: str) -> float:
    """Seconds from navigation until the last of the three images is drawn."""
    start = perf_counter()
    page.goto(address)
    for modality in ("T2", "DWI", "ADC"):
        page.locator(f'[data-modality="{modality}"] .window').filter(has_text="W").wait_for(timeout=60_000)
    return perf_counter() - start


def changes(page: Page, plane_key: str = "") -> list[float]:
    """Milliseconds of slice changes up and down, after `plane_key` was pressed."""
    viewer = page.locator(".viewer")
    viewer.focus()
    if plane_key:
        page.keyboard.press(plane_key)
        page.wait_for_timeout(1000)
    keys = islice(cycle(["ArrowUp"] * 10 + ["ArrowDown"] * 10), CHANGES)
    return [float(viewer.evaluate(STEP, key)) for key in keys]


def addresses(profile: BrowserContext, site: Site) -> list[str]:
    """The case page of every case, each prepared for viewing by asking for its detail once."""
    api = f"{site.address}/api/v1"
    cohort = profile.request.get(f"{api}/cohorts").json()["items"][0]["id"]
    ids = [case["id"] for case in profile.request.get(f"{api}/cohorts/{cohort}/cases").json()["items"]]
    for case_id in ids:
        profile.request.get(f"{api}/cases/{case_id}")
    return [f"{site.address}/cases?case={case_id}" for case_id in ids]


def measured(browser: Browser, site: Site) -> Iterator[Figure]:
    """Openings in fresh profiles, then slice changes in each plane."""
    profile = signed_in(browser, site, **LOOK)
    state, pages = profile.storage_state(), addresses(profile, site)
    for what, wait_ms in (("", WINDOW_MS), (", window and page at once", 0)):
        seconds = []
        for address in islice(cycle(pages), OPENINGS):
            context = browser.new_context(**LOOK, storage_state=state)  # type: ignore[arg-type] # typed by name
            page = context.new_page()
            page.wait_for_timeout(wait_ms)
            seconds.append(opened(page, address))
            context.close()
        times = f"median {np.median(seconds):.1f} s, slowest {max(seconds):.1f} s of {OPENINGS}"
        yield Figure(f"viewer, first usable in a fresh profile{what}", times, "< 3 s")
    for name, key in (("axial", ""), ("coronal", "v"), ("sagittal", "v")):
        if not key:
            page = profile.new_page()
            opened(page, pages[-1])
            page.wait_for_timeout(2000)
        spent = changes(page, key)
        times = f"median {np.median(spent):.0f} ms, p95 {np.percentile(spent, 95):.0f} ms of {CHANGES}"
        yield Figure(f"viewer, slice change, {name}, three panes and strip", times, "p95 < 60 ms")


def main() -> None:
    """Measure, print and write the marked block of the performance page."""
    with tempfile.TemporaryDirectory() as name:
        data = ("--data-dir", name)
        command("import", "cases", CASES, "--cohort", "real", "--clinical", CASES / "marksheet.csv", *data)
        command("extract", "real", "--wait", *data)
        said = measured_by("python -m benchmarks.viewer")
        with served(Path(name)) as site, chromium() as browser:
            lines = []
            for figure in measured(browser, site):
                lines.append([figure.work, figure.measured, figure.goal])
                print(*lines[-1], sep=": ", flush=True)
    write_block("performance.md", "viewer", f"{said}\n\n{table(['work', 'measured', 'goal'], lines)}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()

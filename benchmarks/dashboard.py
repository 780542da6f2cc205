"""`python -m benchmarks.dashboard`: how fast API and pages answer at 2511 features and 300 patients; writes figures.

The API runs alone in a process (`serve --api-only`): every read of a page, in random order, and the memory this
takes. Then the dashboard in a real browser: first paint and answer of the Overview in fresh profiles, and another
modality on the Shifts page, from the click until nothing changes any more.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import perf_counter, sleep

import httpx
import numpy as np
import psutil
from playwright.sync_api import Browser, Page

from benchmarks.acceptance import Figure, command, tables
from benchmarks.page import measured_by, table, write_block
from tests.browser.site import Site, chromium, free_port, served, settled, signed_in

PATIENTS, TIMES, OPENINGS = 300, 40, 5
LOOK = {"viewport": {"width": 1440, "height": 1000}}
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
LISTEN = """() => {
  window.changed = window.clicked = 0;
  document.addEventListener("click", () => { window.clicked = performance.now(); }, { capture: true });
  new MutationObserver(() => { window.changed = performance.now(); })
    .observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


@contextmanager
def api(data: Path) -> Iterator[tuple[httpx.Client, psutil.Process]]:
    """Start the API alone, without sign-in, on this machine; yields its process."""
    port = free_port()
    words = ("serve", "--api-only", "--no-auth", "--no-worker", "--port", str(port), "--data-dir", str(data))
    process = subprocess.Popen([sys.executable, "-m", "backend.cli.main", *words], stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=30) as client:
            while not _answers(client):
                assert process.poll() is None, "the API did not start"
                sleep(0.1)
            yield client, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").is_success
    except httpx.TransportError:
        return False


def addresses(client: httpx.Client) -> list[str]:
    """Addresses that the pages read: lists, every view of one analysis, one case."""
    analysis, cohort = (client.get(name).json()["items"][0]["id"] for name in ("/analyses", "/cohorts"))
    case = client.get(f"/cohorts/{cohort}/cases").json()["items"][0]["id"]
    of = f"/analyses/{analysis}"
    feature = client.get(f"{of}/ranking", params={"limit": 1}).json()["items"][0]["feature"]
    lists = ["/me", "/cohorts", "/analyses", "/encoders", "/jobs", f"/cohorts/{cohort}/cases?limit=300"]
    ranking = [
        f"{of}/ranking?limit=100",
        f"{of}/ranking?sort=delta_i&limit=100",
        f"{of}/ranking?modality=ADC&limit=100",
    ]
    single = [of, f"{of}/groups", f"{of}/evidence/{feature}", f"{of}/cases-for-feature/{feature}", f"{of}/map"]
    return [*lists, *ranking, *single, f"/cases/{case}", f"/cases/{case}/radiomics"]


def reads(data: Path) -> Iterator[Figure]:
    """Read every address forty times in random order after one warm-up; also the process memory afterwards."""
    with api(data) as (client, process):
        known = addresses(client)
        for address in known:
            client.get(address).raise_for_status()
        order = known * TIMES
        Random(0).shuffle(order)
        spent: dict[str, list[float]] = {address: [] for address in known}
        for address in order:
            start = perf_counter()
            client.get(address).raise_for_status()
            spent[address].append(1e3 * (perf_counter() - start))
        every = np.concatenate(list(spent.values()))
        slowest = max(spent, key=lambda address: float(np.percentile(spent[address], 95)))
        name = slowest.split("?")[0].split("/")
        worst = f"slowest kind of read (`{'/'.join(part for part in name if len(part) < 16)}`) "
        said = f"median {np.median(every):.0f} ms, p95 {np.percentile(every, 95):.0f} ms of {len(every)}; {worst}"
        yield Figure("API, a read", f"{said}p95 {np.percentile(spent[slowest], 95):.0f} ms", "p95 < 150 ms")
        loaded = "torch is loaded" if any("libtorch" in one.path for one in process.memory_maps()) else "no torch"
        yield Figure("API process after them", f"{process.memory_info().rss / 2**20:.0f} MiB, {loaded}", "< 300 MB")


def opened(browser: Browser, site: Site, state: object) -> tuple[float, float]:
    """Seconds to the first paint and to the answer of the Overview, in a fresh profile."""
    profile = browser.new_context(**LOOK, storage_state=state)  # type: ignore[arg-type] # typed by name
    page = profile.new_page()
    start = perf_counter()
    page.goto(f"{site.address}/overview")
    page.locator(".st-key-answer").wait_for()
    answered = perf_counter() - start
    painted = float(page.evaluate(PAINTED)) / 1e3
    profile.close()
    return painted, answered


def filtered(page: Page) -> float:
    """Milliseconds from a click on a modality until lists, pictures and table no longer change."""
    name = next(
        one for one in ("ADC", "T2") if page.get_by_role("radio", name=one).get_attribute("aria-checked") != "true"
    )
    page.get_by_role("radio", name=name).click()
    settled(page)
    page.wait_for_timeout(700)
    return float(page.evaluate("window.changed - window.clicked"))


def pages(data: Path) -> Iterator[Figure]:
    """Measure first paints, and a filter of the Shifts page."""
    with served(data) as site, chromium() as browser:
        profile = signed_in(browser, site, **LOOK)
        times = np.array([opened(browser, site, profile.storage_state()) for _ in range(OPENINGS)])
        for name, spent in zip(("first paint", "its answer in words"), times.T, strict=True):
            said = f"median {np.median(spent):.1f} s, slowest {spent.max():.1f} s of {OPENINGS}"
            yield Figure(f"Overview in a fresh profile, {name}", said, "< 3 s")
        page = profile.new_page()
        page.goto(f"{site.address}/shifts")
        settled(page)
        page.evaluate(LISTEN)
        filtered(page)
        spent = np.array([filtered(page) for _ in range(TIMES // 4)])
        said = f"median {np.median(spent):.0f} ms, slowest {spent.max():.0f} ms of {len(spent)}"
        yield Figure("Shifts, another modality: all lists, pictures and the table", said, "< 300 ms")


def main() -> None:
    """Measure, print and write the marked block of the performance page."""
    said = measured_by("python -m benchmarks.dashboard")
    lines = []
    with tempfile.TemporaryDirectory() as name:
        folder, data = Path(name), Path(name) / "data"
        names = ("--task", "pirads", "--roi", "gland")
        command("import", "tables", "--cohort", "bar", *names, *tables(folder, PATIENTS), "--data-dir", data)
        threads = os.cpu_count() or 1
        os.environ["RADIOMICLENS_THREADS"] = str(threads)
        command("analyze", "bar", *names, "--wait", "--data-dir", data)
        for figure in [*reads(data), *pages(data)]:
            lines.append([figure.work, figure.measured, figure.goal])
            print(*lines[-1], sep=": ", flush=True)
    write_block("performance.md", "dashboard", f"{said}\n\n{table(['work', 'measured', 'goal'], lines)}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()

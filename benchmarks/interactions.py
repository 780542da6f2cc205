"""What a reader does on the pages, and how long each takes in a real browser, on this code and on an older one.

An act begins with the reader's hand (pointer, key or choice) and ends with the last change of the page that follows it.
Changes are heard in the document and in the shadow roots of components.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.site import Site, free_port, printed_link, settled, signed_in

TIMES, OPENINGS, SESSIONS = 20, 5, 4
LOOK = {"viewport": {"width": 1440, "height": 1000}}
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
QUIET_MS = 700
LISTEN = """() => {
  window.changed = window.began = 0;
  const began = () => { window.began = performance.now(); };
  for (const kind of ["pointerdown", "keydown", "input"]) document.addEventListener(kind, began, { capture: true });
  const seen = new WeakSet();
  const watch = (root) => {
    if (seen.has(root)) return;
    seen.add(root);
    new MutationObserver(() => { window.changed = performance.now(); roots(); })
      .observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
  };
  const roots = () => document.querySelectorAll("*").forEach((one) => one.shadowRoot && watch(one.shadowRoot));
  watch(document.body);
  roots();
}"""
Act = Callable[[Page, int], None]


@dataclass(frozen=True)
class Code:
    """A version of the dashboard: where its code lies, where a chart of Overview is drawn, and its acts on Shifts."""

    name: str
    root: Path
    chart: str
    acts: Mapping[str, Act]


def modality(page: Page, _turn: int) -> None:
    """Show another modality."""
    name = next(
        one for one in ("ADC", "T2") if page.get_by_role("radio", name=one).get_attribute("aria-checked") != "true"
    )
    page.get_by_role("radio", name=name).click()


def lead(page: Page, turn: int) -> None:
    """Let the paper's numbers lead, or those of the trust block again."""
    page.get_by_role("radio", name="Paper" if turn % 2 == 0 else "Trust").click()


def drawer(page: Page, turn: int) -> None:
    """Open the drawer of a listed feature; an open one is closed before."""
    if page.get_by_role("dialog").count():
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")
        settled(page)
        page.wait_for_timeout(QUIET_MS)
    page.locator(".st-key-rankings button").nth(turn % 3).click()


def row(page: Page, turn: int) -> None:
    """Open a listed feature beside the list."""
    page.locator(".explorer .row").nth(1 + turn % 6).click()


def class_choice(page: Page, turn: int) -> None:
    """Keep one class of features."""
    page.locator(".explorer").get_by_label("Class", exact=True).select_option(index=1 + turn % 3)


OLD_ACTS = {"another modality": modality, "Trust / Paper": lead, "open a feature": drawer}
NEW_ACTS = {"another modality": modality, "Trust / Paper": lead, "open a feature": row, "one class": class_choice}


@contextmanager
def serving(code: Code, data: Path) -> Iterator[Site]:
    """The dashboard of a version on a data folder."""
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "backend.cli.main",
            "serve",
            "--no-worker",
            "--port",
            str(port),
            "--data-dir",
            str(data),
        ],
        cwd=code.root,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(code.root)},
    )
    try:
        yield Site(f"http://127.0.0.1:{port}", printed_link(process), data)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def opened(browser: Browser, site: Site, chart: str, state: object) -> NDArray[np.float64]:
    """Milliseconds to the first paint, the answer and the first chart of Overview, in a fresh profile."""
    profile = browser.new_context(**LOOK, storage_state=state)  # type: ignore[arg-type] # typed by name
    page = profile.new_page()
    now = "performance.now()"
    page.goto(f"{site.address}/overview", wait_until="commit")
    page.locator(".st-key-answer").wait_for()
    answered = page.evaluate(now)
    page.locator(chart).first.wait_for(timeout=60_000)
    drawn = page.evaluate(now)
    painted = page.evaluate(PAINTED)
    profile.close()
    return np.array([painted, answered, drawn], dtype=np.float64)


def shifts(profile: BrowserContext, site: Site) -> Page:
    """The page Shifts, at rest."""
    page = profile.new_page()
    page.goto(f"{site.address}/shifts")
    settled(page)
    page.wait_for_timeout(2000)
    page.evaluate(LISTEN)
    return page


def spent(page: Page, act: Act, others: list[Page]) -> NDArray[np.float64]:
    """Milliseconds of each of `TIMES` repeats of an act; before each, every other session asks for something too."""
    times = []
    for turn in range(TIMES + 1):
        for other in others:
            modality(other, turn)
        page.evaluate("() => { window.changed = window.began = 0; }")
        act(page, turn)
        settled(page)
        page.wait_for_timeout(QUIET_MS)
        times.append(page.evaluate("Math.max(window.changed - window.began, 0)"))
    return np.array(times[1:], dtype=np.float64)  # the first one fills caches


def measured(browser: Browser, code: Code, data: Path) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Every act of a version by name: alone, and with four more sessions."""
    with serving(code, data) as site:
        profile = signed_in(browser, site, **LOOK)
        state = profile.storage_state()
        times = np.stack([opened(browser, site, code.chart, state) for _ in range(OPENINGS)])
        for name, values in zip(("first paint", "its answer", "its first chart"), times.T, strict=True):
            yield f"Overview in a fresh profile, {name}", values
        for count, words in ((0, ""), (SESSIONS, f", {SESSIONS} more sessions")):
            page = shifts(profile, site)
            sessions = [browser.new_context(**LOOK, storage_state=state) for _ in range(count)]  # type: ignore[arg-type]
            others = [shifts(session, site) for session in sessions]
            for name, act in code.acts.items():
                yield f"Shifts, {name}{words}", spent(page, act, others)
            for one in (page, *sessions):
                one.close()

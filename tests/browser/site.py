"""A real server as a process, filled by the real demo, and a real Chromium that is told to stay on this machine."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS_TO_START = 60
SECONDS_TO_DRAW = 90  # two cores may be busy with other tests


def command(*words: str) -> list[str]:
    """The command line of this very interpreter."""
    return [sys.executable, "-m", "backend.cli.main", *words]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """A running server: its address and the link that signs in once."""

    address: str
    login: str
    folder: Path


LATE = """
import sys, time
from pathlib import Path
from backend.access import signed_urls
clock = Path(sys.argv.pop(1))
signed_urls.time = lambda: time.time() + 3600 * clock.exists()
from backend.cli.main import main
main()
"""
"""The command line with the clock of signed addresses an hour ahead while a file exists."""


@contextmanager
def served(folder: Path, clock: Path | None = None) -> Iterator[Site]:
    """`radiomiclens serve` on a free port, ended with SIGINT as Ctrl-C would; `clock`: see `LATE`."""
    port = free_port()
    words = ("serve", "--port", str(port), "--data-dir", str(folder))
    process = subprocess.Popen(
        command(*words) if clock is None else [sys.executable, "-c", LATE, str(clock), *words],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        yield Site(f"http://127.0.0.1:{port}", printed_link(process), folder)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def printed_link(process: subprocess.Popen[str]) -> str:
    """The link that signs in once, as `serve` prints it."""
    assert process.stdout is not None
    until = monotonic() + SECONDS_TO_START
    seen = ""
    while monotonic() < until:
        if select.select([process.stdout], [], [], 0.5)[0]:
            seen += process.stdout.readline()
            if found := re.search(r"http://\S+/login#\S+", seen):
                return found.group()
        assert process.poll() is None, f"serve ended by itself: {seen}"
    raise AssertionError(f"serve printed no address in {SECONDS_TO_START} s: {seen}")


@dataclass
class Watch:
    """What a page must not do: write to the console, or ask another host."""

    address: str
    console: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def on(self, page: Page) -> None:
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", self._request)

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.console.append(f"{kind}: {text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:", "about:")):
            self.outside.append(request.url)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def signed_in(browser: Browser, site: Site, **options: object) -> BrowserContext:
    """A browser profile that went through the one-time link and has left the guided visit."""
    context = browser.new_context(**options)  # type: ignore[arg-type] # playwright types every option by name
    page = context.new_page()
    page.goto(site.login)
    page.get_by_role("button").first.click()
    page.wait_for_url("**/overview*")
    page.evaluate("localStorage.setItem('radiomiclens-visited', 'yes')")
    page.close()
    return context


QUIET_MS = 250
RESTING = f"""() => new Promise((done) => {{
    const ready = () => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'
        && !document.querySelector('[data-testid="stSkeleton"], .st-key-after-pictures');
    let since = performance.now();
    const seen = new MutationObserver(() => {{ since = performance.now(); }});
    seen.observe(document.body, {{ subtree: true, childList: true, attributes: true, characterData: true }});
    const look = () => {{
        if (ready() && performance.now() - since > {QUIET_MS}) {{ seen.disconnect(); done(); }}
        else setTimeout(look, 50);
    }};
    look();
}})"""


def settled(page: Page) -> None:
    """Waits until Streamlit has finished its run and nothing on the page has changed for a quarter of a second."""
    headings = ", ".join(f'[data-testid="stAppViewContainer"] {level}' for level in ("h1", "h2"))
    page.wait_for_selector(headings, timeout=SECONDS_TO_DRAW * 1000)
    page.evaluate(RESTING)

"""The demo database, computed once by the real jobs, and one server and signed-in profile for all browser tests."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.site import Site, command, served, signed_in

ROOT = Path(__file__).parents[2]
REAL_CASES = ROOT.parent / "shared" / "data" / "cases"

expect.set_options(timeout=30_000)  # milliseconds: a page shares two cores with the other test processes


@pytest.fixture(scope="session")
def demo_folder(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This process's own copy of the demo's data folder; the first of the test processes to come computes it."""
    own = tmp_path_factory.mktemp("demo") / "data"
    if "PYTEST_XDIST_WORKER" not in os.environ:
        computed(own)
        return own
    common = tmp_path_factory.getbasetemp().parent / "demo-of-all"
    with common.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (common / "complete").exists():
            computed(common / "data")
            (common / "complete").touch()
        shutil.copytree(common / "data", own)
    return own


def computed(folder: Path) -> None:
    """The demo and, where they are at hand, the two real cases, by the commands a user types."""
    subprocess.run(command("demo", "--quick", "--cases", "24", "--data-dir", str(folder)), check=True, timeout=900)
    if REAL_CASES.is_dir():
        given = ["--cohort", "real", "--clinical", str(REAL_CASES / "marksheet.csv"), "--data-dir", str(folder)]
        subprocess.run(command("import", "cases", str(REAL_CASES), *given), check=True, timeout=300)


@pytest.fixture(scope="session")
def site(demo_folder: Path) -> Iterator[Site]:
    with served(demo_folder) as running:
        yield running


@pytest.fixture(scope="session")
def profile(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A signed-in browser profile, 1440 wide, light."""
    context = signed_in(browser, site, viewport={"width": 1440, "height": 1000}, color_scheme="light")
    yield context
    context.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder

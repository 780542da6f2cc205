"""The demo database, computed once by the real jobs, and one server and browser for all browser tests."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.site import CHROMIUM, Site, chromium, command, served, signed_in

ROOT = Path(__file__).parents[2]
REAL_CASES = ROOT.parent / "shared" / "data" / "cases"


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed: browser tests are left out")
    folder = tmp_path_factory.mktemp("demo")
    subprocess.run(command("demo", "--quick", "--cases", "24", "--data-dir", str(folder)), check=True, timeout=900)
    if REAL_CASES.is_dir():
        marksheet = str(REAL_CASES / "marksheet.csv")
        subprocess.run(
            command(
                "import",
                "cases",
                str(REAL_CASES),
                "--cohort",
                "real",
                "--clinical",
                marksheet,
                "--data-dir",
                str(folder),
            ),
            check=True,
            timeout=300,
        )
    return folder


@pytest.fixture(scope="session")
def site(demo_folder: Path) -> Iterator[Site]:
    with served(demo_folder) as running:
        yield running


@pytest.fixture(scope="session")
def browser(demo_folder: Path) -> Iterator[Browser]:
    with chromium() as running:
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

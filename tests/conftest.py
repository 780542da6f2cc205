"""One thread for linear algebra and no GPU, set before numpy or torch load.

Two threads on a busy machine take many times as long. Tests assert bits, which only a CPU promises; tests/cuda asserts
what holds on a GPU: `make test-gpu`.
"""

import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.postgres import per_folder
from tests.postgres.cluster import Cluster, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
if os.environ.get("RADIOMICLENS_TEST_GPU") != "1":
    os.environ["CUDA_VISIBLE_DEVICES"] = ""


def pytest_configure(config: pytest.Config) -> None:
    """RADIOMICLENS_TEST_POSTGRES=1: the first process starts the server; the others are told its folder."""
    asked = os.environ.get(per_folder.VARIABLE)
    if not asked:
        return
    # a test opens a database for one look; psycopg minds what sqlite3 leaves to the end of the process
    config.addinivalue_line("filterwarnings", "ignore:.*psycopg.Connection.*still open:ResourceWarning")
    if asked == "1":
        stack = ExitStack()
        config.add_cleanup(stack.close)
        server = stack.enter_context(started())
        os.environ[per_folder.VARIABLE] = str(server.folder)
        per_folder.make_newest(server)
    per_folder.install(Cluster(Path(os.environ[per_folder.VARIABLE])))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """The databases of a test go with its temporary folder."""
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    try:
        return (yield)
    finally:
        if folder is not None:
            per_folder.forget(folder)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """The one Chromium of this test process: Playwright cannot run twice in a process."""
    from tests.browser.site import CHROMIUM, chromium

    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed: browser tests are left out")
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Cluster]:
    """A PostgreSQL server of this test process."""
    with started() as running:
        yield running


@pytest.fixture
def postgres_url(postgres_server: Cluster) -> Iterator[str]:
    """An empty database of a test."""
    name = f"t{secrets.token_hex(6)}"
    yield postgres_server.create(name)
    postgres_server.drop(name)

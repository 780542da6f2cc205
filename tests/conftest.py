"""One thread for linear algebra and no GPU, set before numpy or torch load.

Two threads on a busy machine take many times as long. Tests assert bits, which only a CPU promises; tests/cuda asserts
what holds on a GPU: `make test-gpu`.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
if os.environ.get("RADIOMICLENS_TEST_GPU") != "1":
    os.environ["CUDA_VISIBLE_DEVICES"] = ""


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """The one Chromium of this test process: Playwright cannot run twice in a process."""
    from tests.browser.site import CHROMIUM, chromium

    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed: browser tests are left out")
    with chromium() as running:
        yield running

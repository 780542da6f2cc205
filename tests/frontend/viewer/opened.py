"""The viewer of a case as a reader has it open, and what its canvases hold."""

import base64
import io

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page

from shared import schemas as s
from tests.browser.site import Site


def opened(page: Page, site: Site, case_id: str) -> Locator:
    """The viewer of a case, all three images drawn."""
    page.goto(f"{site.address}/cases?case={case_id}")
    viewer = page.locator(".viewer")
    viewer.wait_for(timeout=60_000)
    for modality in s.MODALITIES:
        viewer.locator(f'[data-modality="{modality}"] .window').filter(has_text="W").wait_for(timeout=60_000)
    page.wait_for_timeout(200)
    return viewer


def drawn(viewer: Locator, modality: str) -> np.ndarray:
    """What the canvas of a modality holds, (rows, columns, 3)."""
    url = viewer.locator(f'[data-modality="{modality}"] canvas').evaluate("canvas => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB")).astype(int)

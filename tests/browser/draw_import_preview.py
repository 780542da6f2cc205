"""Draws docs/pictures/import-*.png, looks into two synthetic studies: `python -m tests.browser.draw_import_preview`."""

import os
import tempfile
from pathlib import Path

from tests.browser.import_studies import SAID, look, refused, whole
from tests.browser.site import chromium, served, settled, signed_in

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH, HEIGHT = 1180, 2600
MARGIN = 16  # pixels around what is shown
FROM_TO = """() => {
    const blocks = [...document.querySelectorAll('[data-testid="stMarkdown"], [data-testid="stCaptionContainer"]')];
    const first = blocks.find((each) => / study\\b.*read as/.test(each.textContent)).getBoundingClientRect();
    const last = blocks.filter((each) => /Masks in DICOM|could be a person/.test(each.textContent)).pop()
        .getBoundingClientRect();
    return [first.left, first.top, first.right, last.bottom];
}"""


def main() -> None:
    """Writes both pictures."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        sent = Path(folder) / "sent"
        os.environ["RADIOMICLENS_IMPORT_ROOTS"] = str(sent)
        whole(sent / "whole")
        refused(sent / "refused")
        with served(Path(folder) / "data") as site:
            context = signed_in(browser, site, viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
            for name in SAID:
                page = context.new_page()
                look(page, site, sent / name)
                settled(page)
                left, top, right, bottom = page.evaluate(FROM_TO)
                clip = {"x": left - MARGIN, "y": top - MARGIN}
                clip |= {"width": right - left + 2 * MARGIN, "height": bottom - top + 2 * MARGIN}
                page.screenshot(path=PICTURES / f"import-{name}.png", clip=clip)  # type: ignore[arg-type]  # a box
                page.close()


if __name__ == "__main__":
    main()

"""A person's hand on a page: every click and every typed field is counted."""

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser.site import settled


@dataclass
class Hand:
    """Counts what a person does."""

    page: Page
    clicks: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)

    def click(self, what: Locator) -> None:
        """One click, and the page at rest again."""
        self.clicks.append(str(what))
        what.click()
        settled(self.page)

    def type(self, what: Locator, text: str) -> None:
        """One field is filled in and left."""
        self.typed.append(str(what))
        what.fill(text)
        what.press("Tab")
        settled(self.page)

    def choose(self, button: Locator, files: list[Path]) -> None:
        """One click opens the system's own dialog, in which files are marked."""
        self.clicks.append(str(button))
        with self.page.expect_file_chooser() as chooser:
            button.click()
        chooser.value.set_files(files)

    def save(self, button: Locator, folder: Path) -> Path:
        """One click downloads a file into a folder."""
        self.clicks.append(str(button))
        with self.page.expect_download(timeout=120_000) as download:
            button.click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

"""Which pages there are: their order, names and icons, for the navigation and the rail."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parents[1] / "pages"
EXPLORE, WORK, SHARE, PEOPLE = "Explore", "Work", "Share", "People"


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the rail: its file and address, the section it belongs to, its name and icon."""

    name: str
    section: str
    title: str
    icon: str


ENTRIES = (
    Entry("overview", EXPLORE, "Overview", ":material/lens_blur:"),
    Entry("shifts", EXPLORE, "Shifts", ":material/swap_vert:"),
    Entry("groups", EXPLORE, "Groups", ":material/grid_view:"),
    Entry("causes", EXPLORE, "Used and new", ":material/account_tree:"),
    Entry("cases", EXPLORE, "Cases", ":material/radiology:"),
    Entry("map", EXPLORE, "Map", ":material/scatter_plot:"),
    Entry("compare", EXPLORE, "Compare", ":material/compare_arrows:"),
    Entry("run", WORK, "Run", ":material/play_circle:"),
    Entry("jobs", WORK, "Jobs", ":material/pending_actions:"),
    Entry("data", WORK, "Data", ":material/fact_check:"),
    Entry("shares", SHARE, "Shares", ":material/link:"),
)
BEHIND_YOU = (
    Entry("account", PEOPLE, "Account", ":material/manage_accounts:"),
    Entry("users", PEOPLE, "Users", ":material/group:"),
    Entry("projects", PEOPLE, "Projects", ":material/folder_shared:"),
    Entry("audit", PEOPLE, "Audit", ":material/history:"),
)
"""Pages without a place in the rail: behind *You* and in the palette."""
ADMIN_PAGES = frozenset({"users", "projects", "audit"})
"""Of those, the ones that administrators alone are offered; Projects also those who own one or have several."""
EVERY = (*ENTRIES, *BEHIND_YOU)
EXPLORE_PAGES = frozenset(entry.name for entry in ENTRIES if entry.section == EXPLORE)


def navigation(home: Callable[[], None]) -> dict[str, list[st.Page]]:
    """Streamlit's pages by section, with the bare address, which no list shows."""
    found: dict[str, list[st.Page]] = {EXPLORE: [], WORK: [], SHARE: [], PEOPLE: []}
    for entry in EVERY:
        page = st.Page(FOLDER / f"{entry.name}.py", title=entry.title, icon=entry.icon, url_path=entry.name)
        found[entry.section].append(page)
    found[EXPLORE].append(st.Page(home, title="RadiomicLens", default=True, visibility="hidden"))
    return found


def title_of(name: str) -> str:
    """`Shifts`, by the page's address; the name of the program for the bare one."""
    return next((entry.title for entry in EVERY if entry.name == name), "RadiomicLens")

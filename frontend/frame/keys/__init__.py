"""Keys, palette and first visit of the frame, and the small buttons at the rail's foot: two components of the browser.

The scripts of this folder are joined into one module, because inline component code cannot import its neighbours. What
the palette lists, the browser asks of the API itself; only where to go travels over the dashboard's connection.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from frontend.frame import page_list
from frontend.state import query_parameters

FOLDER = Path(__file__).parent
SCRIPTS = ("fuzzy.js", "places.js", "palette.js", "visit.js", "looks.js", "frame.js")
CARRIED = (
    query_parameters.ANALYSIS,
    query_parameters.REGION,
    query_parameters.FEATURE,
    query_parameters.COHORT,
    query_parameters.CASE,
)
"""Parameters of an address that a chosen place may set."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader chose to go: a page and the parameters of its address."""

    page: str
    query: dict[str, str]


@cache
def _frame() -> Callable[..., Any]:
    return st.components.v2.component(
        "radiomiclens_frame",
        html=_text("frame.html"),
        css=_text("frame.css"),
        js="\n".join(_text(name) for name in SCRIPTS),
    )


@cache
def _tools() -> Callable[..., Any]:
    return st.components.v2.component(
        "radiomiclens_tools", html=_text("tools.html"), css=_text("tools.css"), js=_text("tools.js")
    )


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def keys(analysis_id: str | None) -> Place | None:
    """Draws the mark and the button of the palette; returns where a reader chose to go in this run.

    `analysis_id`: whose features are offered where the address names none.
    """
    pages = [{"name": one.name, "title": one.title, "section": one.section} for one in page_list.EVERY]
    told = _frame()(
        key="frame-keys",
        data={"pages": pages, "analysis": analysis_id},
        on_go_change=lambda: None,
        height="content",
    )
    return place_of(told.go)


def tools() -> None:
    """The buttons for keys, light and dark, and the width of the rail."""
    _tools()(key="frame-tools", height="content")


def place_of(told: object) -> Place | None:
    """The place a browser names; None for what is no page of ours, whatever it says."""
    if not isinstance(told, Mapping) or told.get("page") not in {one.name for one in page_list.EVERY}:
        return None
    query = told.get("query")
    given = query if isinstance(query, Mapping) else {}
    kept = {name: value for name in CARRIED if isinstance(value := given.get(name), str)}
    return Place(str(told["page"]), kept)

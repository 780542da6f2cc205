"""The bell: jobs that ended, counted and listed in every page; the browser asks the API itself, so no page moves."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from frontend.api import connection
from frontend.state import session_keys
from shared.client import ApiError

FOLDER = Path(__file__).parent
PAGES = FOLDER.parents[1] / "pages"


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "radiomiclens_bell",
        html=(FOLDER / "bell.html").read_text(encoding="utf-8"),
        css=(FOLDER / "bell.css").read_text(encoding="utf-8"),
        js=(FOLDER / "bell.js").read_text(encoding="utf-8"),
    )


def bell() -> None:
    """Draws the bell with how many notifications are unread; one that is chosen opens where its job goes on."""
    shown = _component()(
        key=session_keys.BELL, data={"api": "/api/v1"}, on_go_change=lambda: None, height="content", width="stretch"
    )
    if shown.go:
        _open(str(shown.go))


def _open(notification_id: str) -> None:
    """Goes to the page of a notification; nowhere where it is gone."""
    try:
        known = {one.id: one for one in connection.client().notifications()}
    except ApiError:
        return
    if notification_id in known:
        one = known[notification_id]
        st.switch_page(PAGES / f"{one.page}.py", query_params=one.query)

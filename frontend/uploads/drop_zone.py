"""The drop zone: files go from the browser straight to the API, in parts, and the page receives which are ready."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from frontend.api import connection
from frontend.api.refusals import stop_with
from shared import schemas as s
from shared.client import ApiError

FOLDER = Path(__file__).parent
SCRIPTS = ("tar.js", "gather.js", "transfer.js", "tray.js", "rows.js", "uploads.js")
WORDS: dict[s.FileKind, str] = {
    "table": "tables",
    "archive": "archives (zip, tar)",
    "checkpoint": "checkpoints",
    "image": "single images",
    "unknown": "lists of checksums or ids",
}
RESUMES = "A transfer that breaks goes on where it stopped."


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "radiomiclens_uploads",
        html=(FOLDER / "uploads.html").read_text(encoding="utf-8"),
        css=(FOLDER / "uploads.css").read_text(encoding="utf-8"),
        js="\n".join((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS),
    )


def drop_zone(key: str, kinds: Sequence[s.FileKind], many: bool = True) -> list[s.Upload]:
    """Shows a drop zone and what the user has sent; gives the uploads of these kinds that are ready, newest first.

    `upload:ID` names one in a request. The page runs again when another one is ready or one is removed.
    """
    ready = _ready(kinds)
    words = [WORDS[kind] for kind in kinds]
    taken = f"{', '.join(words[:-1])} or {words[-1]}" if words[1:] else words[0]
    folder = " A folder becomes one archive." if "archive" in kinds else ""
    _component()(
        key=key,
        data={
            "label": f"Drop {taken} here",
            "hint": f"{RESUMES}{folder}",
            "kinds": list(kinds),
            "many": many,
            "folder": "archive" in kinds,
            "ready": ",".join(sorted(one.id for one in ready)),
        },
        on_changed_change=lambda: None,
        height="content",
    )
    return ready


def _ready(kinds: Sequence[s.FileKind]) -> list[s.Upload]:
    try:
        return [one for one in connection.client().uploads() if one.state == "ready" and one.kind in kinds]
    except ApiError as error:
        stop_with(error)

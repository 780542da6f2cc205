"""A small text file of a form: opened in the browser, which puts its text into a box, or typed there."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from frontend.runs import drafts
from frontend.state import session_keys

FOLDER = Path(__file__).parent
LARGEST_KB = 256


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "radiomiclens_text_file",
        html='<label>Open a file <input type="file"></label><p role="status"></p>',
        css=(FOLDER / "text_file.css").read_text(encoding="utf-8"),
        js=(FOLDER / "text_file.js").read_text(encoding="utf-8"),
    )


def text_file(field: str, label: str, endings: str, unnamed: str) -> tuple[str, str]:
    """Name and text of the file, kept with the form; `unnamed` is the name of a text that was typed."""
    form = drafts.current()
    text = drafts.key(field, "")
    name, zone = session_keys.form_field(form.name, f"{field} name"), session_keys.file_zone(field)
    if name in st.session_state:
        form.remember(f"{field} name", st.session_state.pop(name))
    _component()(
        key=zone,
        data={"endings": endings, "largest_kb": LARGEST_KB},
        on_opened_change=partial(_take, zone, text, name),
        height="content",
    )
    typed = st.text_area(label, key=text, height=220, placeholder="Open a file, or paste its text here.", width=760)
    return str(form.kept.get(f"{field} name") or unnamed), str(typed or "")


def _take(zone: str, text: str, name: str) -> None:
    """Puts an opened file into the box."""
    opened = st.session_state[zone].opened
    if opened:
        st.session_state[text] = str(opened["text"])
        st.session_state[name] = str(opened["name"])

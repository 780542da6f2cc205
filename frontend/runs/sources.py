"""The files of a form: sent from the reader's own disk, or chosen among those that the server may read."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from frontend.api import connection
from frontend.runs import drafts
from frontend.state import session_keys
from frontend.uploads import drop_zone, folder_browser
from shared import schemas as s
from shared.client import ApiError

MOST_TABLES = 48


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder as a request names it, and what a reader calls it."""

    path: str
    name: str


def tables() -> list[Source]:
    """Tables that were sent, then those of the server: chosen, or typed one a line; each path once."""
    sent = [Source(f"upload:{one.id}", one.name) for one in drop_zone(session_keys.TABLES_ZONE, ["table"])]
    with st.expander("Or take files that lie on the server", icon=":material/dns:", type="compact"):
        chosen = folder_browser(session_keys.TABLES_FOLDER)
        text = st.text_area(
            "Files on the server, one a line",
            key=drafts.key("files", ""),
            placeholder="/data/study_pre.npz",
            help="They must lie inside a folder that this server may import from.",
            height=110,
        )
    paths = [*(_tables_at(chosen) if chosen else []), *(line.strip() for line in str(text).splitlines())]
    there = [Source(path, path.rsplit("/", 1)[-1]) for path in dict.fromkeys(paths) if path]
    return [*newest(sent), *there][:MOST_TABLES]


def newest(sources: Sequence[Source]) -> list[Source]:
    """Of files that were sent twice under one name, the first of the list."""
    return list({one.name: one for one in reversed(sources)}.values())[::-1]


def _tables_at(path: str) -> list[str]:
    """The table itself, or the tables of a folder."""
    try:
        folder = connection.client().folders(path)
    except ApiError:
        return [path]  # it is a file
    return [one.path for one in folder.entries if one.kind == "table"]


def images(example: str) -> str:
    """The folder or archive of studies: the newest that was sent, else a folder of the server."""
    archives = drop_zone(session_keys.IMAGES_ZONE, ["archive"])
    with st.expander("Or take a folder that lies on the server", icon=":material/dns:", type="compact"):
        chosen = folder_browser(session_keys.IMAGES_FOLDER)
        typed = st.text_input("Folder on the server", placeholder=example, key=drafts.key("path", "")).strip()
    there = {f"upload:{one.id}": one.name for one in archives}
    there |= {path: path for path in (chosen, typed) if path}
    if len(there) < 2:
        return next(iter(there), "")
    options = list(there)
    picked: str = st.radio(
        "Which of them?", options, format_func=there.__getitem__, key=drafts.key("which", options[-1], options)
    )
    return picked


def file_of(kind: s.FileKind, label: str, field: str, placeholder: str) -> str:
    """One file: the newest of its kind that was sent, or a path of the server."""
    sent = drop_zone(session_keys.file_zone(field), [kind], many=False)
    typed = st.text_input(label, placeholder=placeholder, key=drafts.key(field, "")).strip()
    if typed or not sent:
        return typed
    st.caption(f"Taken: {sent[0].name}. A path here would be taken instead.")
    return f"upload:{sent[0].id}"

"""The files of a form: sent from the reader's own disk, or chosen among those that the server may read."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from frontend.runs import drafts

OF_UPLOAD = "upload:"


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder as a request names it, and what a reader calls it."""

    path: str
    name: str


def on_the_server(field: str, help_text: str) -> list[Source]:
    """Paths of the server, one a line."""
    text = st.text_area(
        "Files on the server, one a line",
        key=drafts.key(field, ""),
        placeholder="/data/study_pre.npz",
        help=help_text,
        height=120,
    )
    paths = dict.fromkeys(line.strip() for line in str(text).splitlines() if line.strip())
    return [Source(path, path.rsplit("/", 1)[-1]) for path in paths]


def named(sources: Sequence[Source]) -> str:
    """`a.csv, b.csv`."""
    return ", ".join(one.name for one in sources)

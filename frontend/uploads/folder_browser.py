"""A browser of the server's folders that imports may read: a path is chosen, not typed."""

import streamlit as st

from frontend.api import connection
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

KINDS: dict[str, tuple[str, str]] = {
    "image": ("image", "images"),
    "table": ("table", "tables"),
    "checkpoint": ("checkpoint", "checkpoints"),
    "archive": ("archive", "archives"),
    "unknown": ("other file", "other files"),
}
ICONS = {
    "image": ":material/image:",
    "table": ":material/table:",
    "checkpoint": ":material/memory:",
    "archive": ":material/folder_zip:",
    "unknown": ":material/draft:",
}
NONE = "This server may not import from any of its folders. Whoever runs it can name some in RADIOMICLENS_IMPORT_ROOTS."
SHOWN = 100


def folder_browser(key: str) -> str | None:
    """Shows the folder one is in; gives the path that was chosen in it, a folder's or a file's, or None.

    What was chosen stays until something else is, or the choice is taken back.
    """
    _draw(key)
    chosen: str | None = st.session_state.get(_chosen_key(key))
    return chosen


@st.fragment
def _draw(key: str) -> None:
    place = f"{key}-place"
    chosen: str | None = st.session_state.get(_chosen_key(key))
    if chosen is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/check: {escape_markdown(chosen)}")
            if st.button("Choose another", key=f"{key}-again", type="tertiary"):
                _choose(key, None)
        return
    try:
        folder = connection.client().folders(st.session_state.get(place))
    except ApiError as error:
        st.error(escape_markdown(error.problem.detail), icon=":material/error:")
        if st.session_state.pop(place, None) is not None:
            st.button("Back to the first folders", key=f"{key}-first")
        return
    if folder.path is None and not folder.entries:
        st.info(NONE, icon=":material/folder_off:")
        return
    _head(key, place, folder)
    with st.container(height=320 if len(folder.entries) > 6 else "content", border=True, gap="xsmall"):
        for number, entry in enumerate(folder.entries[:SHOWN]):
            _entry(key, place, number, entry)
        if not folder.entries:
            st.caption("Nothing to import lies here.")
    if folder.n_entries > SHOWN:
        st.caption(
            f"The first {SHOWN} of {folder.n_entries:,} are shown. Choose the folder itself, or move files apart."
        )


def _head(key: str, place: str, folder: s.Folder) -> None:
    if folder.path is None:
        st.caption("Folders that this server may import from")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Up", key=f"{key}-up", icon=":material/arrow_upward:", help="To the folder above"):
            _go(place, folder.parent)
        st.markdown(f"**{escape_markdown(folder.path)}**")
        if st.button("Choose this folder", key=f"{key}-this", type="primary"):
            _choose(key, folder.path)


def _entry(key: str, place: str, number: int, entry: s.FolderEntry) -> None:
    icon = ":material/folder:" if entry.is_folder else ICONS[entry.kind]
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            escape_markdown(entry.name), key=f"{key}-entry-{number}", icon=icon, type="tertiary", help=_help(entry)
        ):
            if entry.is_folder:
                _go(place, entry.path)
            else:
                _choose(key, entry.path)
        st.caption(words(entry))


def words(entry: s.FolderEntry) -> str:
    """What a file or folder is, as a short phrase: `812 images, 1 table`, or the size of a file."""
    if not entry.is_folder:
        return f"{KINDS[entry.kind][0]}, {(entry.n_bytes or 0) / 1e6:,.1f} MB"
    parts = [f"{n:,} {KINDS[kind][n != 1]}" for kind, n in entry.kinds.items()]
    return f"{', '.join(parts) or 'no files'}{' and more' if entry.more else ''}"


def _help(entry: s.FolderEntry) -> str:
    return "Open this folder" if entry.is_folder else "Choose this file"


def _go(place: str, path: str | None) -> None:
    if path is None:
        st.session_state.pop(place, None)
    else:
        st.session_state[place] = path
    st.rerun(scope="fragment")


def _choose(key: str, path: str | None) -> None:
    st.session_state[_chosen_key(key)] = path
    st.rerun()


def _chosen_key(key: str) -> str:
    return f"{key}-chosen"

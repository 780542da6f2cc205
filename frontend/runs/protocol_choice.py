"""The choice of a protocol in a form: a built-in one with what it is for, or a YAML file of one's own."""

import streamlit as st

from frontend.components import protocol_view
from frontend.runs import drafts
from frontend.runs.form_fields import Incomplete
from frontend.runs.text_file import text_file
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.protocols.reader import BUILT_IN, BadProtocol, built_in, own_protocol

OWN = "my own file"
HOW = (
    "Begin with a built-in protocol: choose it, open it below, take it as YAML, and change its names. Every mistake of "
    "the file is said here, before anything is read."
)


def protocol_choice(title: str, names: tuple[str, ...] = BUILT_IN, explained: str = "") -> s.Protocol:
    """The protocol that was chosen; raises Incomplete until a file of one's own has no mistake."""
    offered = [*names, OWN]
    chosen: str = st.selectbox(
        title,
        offered,
        format_func=_words,
        help=explained or None,
        width=760,
        key=drafts.key("protocol", names[0], offered),
    )
    found = _own() if chosen == OWN else built_in(chosen)
    protocol_view.fold(found, f"protocol-{found.name}")
    return found


def as_asked(protocol: s.Protocol) -> str | s.Protocol:
    """The protocol as a request names it: a built-in one by its name, any other whole."""
    return protocol.name if protocol.name in BUILT_IN else protocol


def _words(name: str) -> str:
    return f"{name}: {built_in(name).description}" if name in BUILT_IN else "a YAML file of my own"


def _own() -> s.Protocol:
    st.caption(HOW)
    name, text = text_file("protocol_text", "Protocol (YAML)", ".yaml,.yml", "protocol.yaml")
    if not text.strip():
        raise Incomplete("Open or paste the protocol's file (YAML), or take a built-in protocol.")
    try:
        return own_protocol(text, name)
    except BadProtocol as error:
        for sentence in error.sentences:
            st.error(escape_markdown(sentence), icon=":material/error:")
        raise Incomplete("The protocol's file has mistakes, listed above; correct them in the box.") from None

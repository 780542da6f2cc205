"""Escape names and ids before they are shown: Streamlit text is Markdown, Plotly text is a kind of HTML.

An id such as `![](http://host/x)` would otherwise make the reader's browser call that host.
"""

import re

JOINER = "\N{WORD JOINER}"
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&=^\"'])")
_LINK = re.compile(r"(://|www\.|@)", re.IGNORECASE)
_SPACE = re.compile(r"(?:[^\S\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]|[\x00-\x1f\x7f])+")


def escape_markdown(text: object) -> str:
    """Escape text of any origin for a Markdown call, so that it makes no image, link, directive or new line.

    Punctuation is escaped, and an invisible joiner keeps addresses from becoming links by themselves. Spaces that hold
    a number together stay.
    """
    return _PUNCTUATION.sub(r"\\\1", _LINK.sub(rf"\1{JOINER}", _SPACE.sub(" ", str(text)).strip()))


def escape_html(text: object) -> str:
    """Escape text of any origin for a Plotly label, which would read `<a href=...>` as a link."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

"""A flag as a coloured badge with its mark and its meaning."""

import streamlit as st

from frontend.charts import style
from frontend.text.escape import escape_markdown
from frontend.text.trust_words import TrustWords

COLOUR = {
    "stronger": "blue",
    "probable_stronger": "blue",
    "weaker": "orange",
    "probable_weaker": "orange",
    "label_borne": "yellow",
}


def badge(flag: str | None, words: TrustWords) -> str:
    """The Markdown of the badge."""
    text = f"{style.FLAG_MARK.get(flag or '', '')} {words.flag(flag)}".strip()
    return f":{COLOUR.get(flag or '', 'gray')}-badge[{escape_markdown(text)}]"


def flagged(flag: str | None, words: TrustWords) -> None:
    """The badge and what the flag means."""
    st.markdown(f"{badge(flag, words)} {escape_markdown(words.meaning[flag or 'unchanged'])}")

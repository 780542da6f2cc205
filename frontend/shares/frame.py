"""A frame that holds the preview of a shared page; a plain one, as Streamlit's own writes warnings on the console."""

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

HTML = '<iframe class="preview" title="What the receiver will see" referrerpolicy="no-referrer"></iframe>'
CSS = """
.preview { display: block; width: 100%; border: 1px solid var(--st-border-color, #8884); border-radius: 8px; }
"""
SCRIPT = """
export default function ({ parentElement, data }) {
  const frame = parentElement.querySelector("iframe");
  frame.style.height = `${data.height}px`;
  frame.style.maxWidth = data.width ? `${data.width}px` : "none";
  if (frame.getAttribute("src") !== data.address) frame.setAttribute("src", data.address);
}
"""


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("radiomiclens_preview", html=HTML, css=CSS, js=SCRIPT)


def show(address: str, *, width: int | None, height: int) -> None:
    """Shows a page of this server's own; `width` in pixels at most, None for as wide as there is room."""
    _component()(key="share-frame", data={"address": address, "width": width, "height": height}, height="content")

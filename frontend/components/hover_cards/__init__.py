"""Cards with a picture for the points of a chart; the same case gets a ring in every panel of it."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

FOLDER = Path(__file__).parent


@cache
def _component() -> Callable[..., Any]:
    html, css, js = ((FOLDER / f"hover_cards.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("radiomiclens_hover_cards", html=html, css=css, js=js)


def show(chart: str, items: Mapping[str, Mapping[str, str | None]], key: str) -> None:
    """Cards for the chart whose key begins with `chart`; `items` holds title, words and picture by case id."""
    _component()(key=key, data={"chart": chart, "items": {name: dict(one) for name, one in items.items()}}, height=1)

"""The explorer of an analysis: the whole ranking in one browser component, with the panel of the chosen feature.

The scripts of this folder are joined into one module, because inline component code cannot import its neighbours. The
browser reads ranking, evidence and pictures from `/api/v1` itself. Over the dashboard's connection travels what belongs
in the address, so that the next run of the page, a saved view and a reload know it.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from frontend.state import query_parameters

FOLDER = Path(__file__).parent
SCRIPTS = (
    "dom.js", "numbers.js", "api.js", "ranking.js", "words.js", "address.js", "draw.js", "saving.js", "list.js",
    "filters.js", "decoded.js", "readings.js", "evidence.js", "notes.js", "pictures.js", "panel.js", "scatter.js",
    "forest.js", "table.js", "explorer.js",
)  # fmt: skip
FIELDS = (
    query_parameters.FEATURE, query_parameters.FLAG, query_parameters.FEATURE_CLASS, query_parameters.IMAGE_TYPE,
    query_parameters.FEATURE_TEXT, query_parameters.STARRED, query_parameters.FEATURE_ORDER,
)  # fmt: skip
"""What the explorer keeps in the address, in the order in which the browser writes it."""


def script() -> str:
    """All scripts as one module."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "radiomiclens_explorer",
        html=(FOLDER / "explorer.html").read_text(encoding="utf-8"),
        css=(FOLDER / "explorer.css").read_text(encoding="utf-8"),
        js=script(),
    )


def explorer(data: Mapping[str, Any], key: str) -> None:
    """Shows the explorer; a choice in it reaches the address of the page without a run of the whole page."""
    _in_a_fragment(dict(data), key)


@st.fragment
def _in_a_fragment(data: dict[str, Any], key: str) -> None:
    known = st.session_state.get(key)
    told = (known and known.get("address")) or {}
    address = {name: st.query_params[name] for name in FIELDS if name in st.query_params}
    _component()(
        key=key,
        data=data | {"seq": told.get("seq", 0), "address": address},
        on_address_change=lambda: _keep(key),
        height="content",
    )


def _keep(key: str) -> None:
    """Writes what the browser tells into the address, in the browser's own order, so that no step is added to it."""
    told = st.session_state[key]["address"]
    query = st.query_params.to_dict()
    for name in FIELDS:
        value = told.get(name, "")
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    st.query_params.from_dict(query)

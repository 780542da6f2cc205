"""A row of cases as pictures, in one browser component: a click or a key opens one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from frontend.components import stars
from frontend.text import case_facts
from shared import schemas as s
from shared.protocol_words import frame_of

FOLDER = Path(__file__).parent
SIDE_PX = 208
"""Twice as many pixels as are shown, for dense screens."""


@cache
def _component() -> Callable[..., Any]:
    html, css, js = ((FOLDER / f"strip.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("radiomiclens_strip", html=html, css=css, js=js)


def item(case: s.Case, protocol: s.Protocol, starred: Collection[str], note: str = "") -> dict[str, str | None]:
    """What the row shows of a case; `note` follows its label."""
    label = case_facts.first_label(case, protocol)
    return {
        "id": case.id,
        "title": stars.marked(case.study_id, case.id in starred),
        "words": ", ".join(part for part in (label, note) if part),
        "picture": thumbnail(case, protocol) if case.has_images else None,
    }


def thumbnail(case: s.Case, protocol: s.Protocol) -> str:
    """The address of a small picture: the organ, or the whole slice where the protocol has none."""
    asked = {"size": SIDE_PX, "caption": "false"} | ({} if frame_of(protocol) else {"roi": "whole"})
    return f"/api/v1/cases/{case.id}/picture.png?{urlencode(asked)}"


def strip(
    items: Sequence[Mapping[str, str | None]], here: str | None, label: str, key: str, walks: bool = False
) -> str | None:
    """The row; the id of the case that was asked for in this run, else None. With `walks` its keys hold everywhere."""
    shown = _component()(
        key=key,
        data={"items": [dict(one) for one in items], "here": here, "label": label, "walks": walks},
        on_open_change=lambda: None,
        height="content",
    )
    return str(shown.open) if shown.open else None

"""Charts of stored results as plain HTML: they stand with the words of the page, and no plotting library is loaded.

Python writes every view of a chart, with its words and numbers. The browser changes between views by itself; a script
that comes later tells a row's values by hover, touch and the arrow keys, and keeps the choice in the address.
Why, and what was measured: docs/decisions/0035-charts-of-stored-results.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Picture:
    """One view of a chart: its finding, its marks as HTML, how to read it, and the same in words.

    `html` is made by this package alone: every text in it is escaped. `data`: the numbers drawn, one row a mark.
    """

    title: str
    html: str
    caption: str
    alt: str
    data: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """A choice between views: the query parameter that keeps it, its words, and what can be chosen."""

    parameter: str
    label: str
    options: tuple[str, ...]

    def chosen(self) -> str:
        """The choice of the address; the first where it names none of them."""
        asked = st.query_params.get(self.parameter)
        return asked if asked in self.options else self.options[0]


Views = Mapping[tuple[str, ...], Picture]


def style() -> None:
    """The style of drawn charts; once a page."""
    st.html(FOLDER / "drawn.css")


def show(key: str, views: Views, switches: Sequence[Switch] = (), dark: bool = False, heading: str = "") -> Picture:
    """Draws a chart and gives the view that is shown; call it in a fragment, so that a choice redraws nothing else.

    `views` has a picture for each choice (one value a switch) that can be made.
    """
    chosen = tuple(switch.chosen() for switch in switches)
    with st.container(key=key, gap=None):
        st.html(chart_html(key, views, switches, _drawn_first(key, chosen), dark, heading))
        _hands(key, switches, chosen)
    return views.get(chosen) or next(iter(views.values()))


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "radiomiclens_drawn", html="<span></span>", js=(FOLDER / "drawn.js").read_text(encoding="utf-8")
    )


def _hands(key: str, switches: Sequence[Switch], chosen: tuple[str, ...]) -> None:
    """The script of a chart: tells what is pointed at, moves by arrow keys, and reports choices."""
    own = f"{key}-hands"

    def remember() -> None:
        reported = getattr(st.session_state.get(own), "chosen", None) or {}
        for switch in switches:
            if (value := reported.get(switch.parameter)) in switch.options:
                st.query_params[switch.parameter] = value

    known = {switch.parameter: value for switch, value in zip(switches, chosen, strict=True)}
    with st.container(key=f"drawn-hands-{key}"):
        _component()(
            key=own,
            data={"chart": key, "chosen": known},
            default={"chosen": None},
            on_chosen_change=remember,
            height="content",
        )


def _drawn_first(key: str, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The choice that the HTML was first written with: written anew it would take the focus from its reader."""
    name = f"{key} was first drawn with"
    first = st.session_state.get(name, chosen)
    kept: tuple[str, ...] = first if len(first) == len(chosen) else chosen
    st.session_state[name] = kept
    return kept


def chart_html(
    key: str, views: Views, switches: Sequence[Switch], chosen: tuple[str, ...], dark: bool, heading: str = ""
) -> str:
    """The whole chart; the rules that show one view go with the radio buttons, so that no script is needed."""
    shown = chosen if chosen in views else next(iter(views))
    head = f"<h2>{escape(heading)}</h2>" if heading else ""
    head += "".join(_radios(key, switch, shown[at]) for at, switch in enumerate(switches) if len(switch.options) > 1)
    parts, rules = [], []
    for number, (choice, picture) in enumerate(views.items()):
        own = f"drawn-{key}-{number}"
        parts.append(f'<div class="view {own}">{_view(picture)}</div>')
        checked = "".join(
            f':has(input[data-parameter="{switch.parameter}"][data-at="{switch.options.index(choice[at])}"]:checked)'
            for at, switch in enumerate(switches)
            if len(switch.options) > 1
        )
        rules.append(f".drawn.drawn-{key}{checked} > .view.{own} {{ display: block; }}")
    return (
        f"<style>{' '.join(rules)}</style>"
        f'<div class="drawn drawn-{key}{" dark" if dark else ""}">'
        f"{f'<div class=drawn-head>{head}</div>' if head else ''}{''.join(parts)}</div>"
    )


def _radios(key: str, switch: Switch, chosen: str) -> str:
    buttons = "".join(
        f'<label><input type="radio" name="drawn-{key}-{switch.parameter}" data-parameter="{switch.parameter}" '
        f'data-at="{at}" value="{escape(value)}"{" checked" if value == chosen else ""}>'
        f"<span>{escape(value)}</span></label>"
        for at, value in enumerate(switch.options)
    )
    return f'<div class="drawn-switch" role="radiogroup" aria-label="{escape(switch.label)}">{buttons}</div>'


def _view(picture: Picture) -> str:
    title = f'<h3 class="finding">{escape(picture.title)}</h3>' if picture.title else ""
    caption = f'<p class="caption">{escape(picture.caption)}</p>' if picture.caption else ""
    return f'{title}<div role="group" aria-label="{escape(picture.alt)}">{picture.html}</div>{caption}'

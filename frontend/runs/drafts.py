"""Forms that keep what was filled in: when the page is left, reloaded, or opened elsewhere by the same user.

A form's fields are widgets with keys. What they hold is remembered in this session and, as a draft, through the API.
"""

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from frontend.api import connection
from frontend.state import session_keys
from shared.client import ApiError

STARTED = "jobs started"
"""The field of a form that names the jobs it started."""
COHORT_NAME = "cohort"
"""The field with the name of a new cohort."""


class Form:
    """One form of the page, by its name; fields are drawn between `begin` and `save`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kept = _kept(name)
        self.drawn: list[str] = []

    def key(self, field: str, default: Any = None, options: Collection[Any] | None = None) -> str:
        """The key of a widget, which then holds what was kept, else the default.

        Of a widget with `options`, what is no option any more is given up.
        """
        key = session_keys.form_field(self.name, field)
        if key not in st.session_state:
            st.session_state[key] = _typed(self.kept.get(field, default), default)
        if options is not None:
            st.session_state[key] = _among(st.session_state[key], options, default)
        self.drawn.append(field)
        return key

    def proposed(self, field: str, proposal: Any, options: Collection[Any] | None = None) -> str:
        """As `key`, for a value that follows its proposal until the reader gives another one.

        Once jobs were started from the form it stays.
        """
        key, before = session_keys.form_field(self.name, field), self.kept.get(f"{field} proposed")
        now = st.session_state.get(key, self.kept.get(field))
        if now is None or (now == before and STARTED not in self.kept):
            st.session_state[key] = proposal
        if STARTED not in self.kept:
            self.remember(f"{field} proposed", proposal)
        return self.key(field, proposal, options)

    def remember(self, field: str, value: Any) -> None:
        """Keeps what belongs to the form and is no widget."""
        self.kept = self.kept | {field: value}

    def save(self) -> None:
        """Keeps what the fields hold now, and sends it to the API where something changed."""
        now = {field: st.session_state.get(session_keys.form_field(self.name, field)) for field in self.drawn}
        fields = self.kept | now
        if fields != st.session_state.get(session_keys.form_draft(self.name)):
            keep(self.name, fields)


def begin(name: str) -> Form:
    """The form that `key` speaks of from now on."""
    form = Form(name)
    st.session_state[session_keys.FORM] = form
    return form


def current() -> Form:
    """The form that is being drawn."""
    form: Form = st.session_state[session_keys.FORM]
    return form


def key(field: str, default: Any = None, options: Collection[Any] | None = None) -> str:
    """The key of a widget of the form that is being drawn; see `Form.key`."""
    return current().key(field, default, options)


def keep(name: str, fields: Mapping[str, Any]) -> None:
    """Keeps a form in this session and through the API; where that refuses, in this session alone."""
    st.session_state[session_keys.form_draft(name)] = dict(fields)
    try:
        connection.client().keep_draft(name.replace("_", "-"), dict(fields))
    except ApiError:
        return


def fill(name: str, fields: Mapping[str, Any]) -> None:
    """Replaces what a form holds, such as by the settings of an earlier job."""
    first = session_keys.form_field(name, "")
    for known in [each for each in st.session_state if str(each).startswith(first)]:
        del st.session_state[known]
    keep(name, fields)


def _kept(name: str) -> dict[str, Any]:
    """What was kept of a form; the API is asked once a session."""
    place = session_keys.form_draft(name)
    if place not in st.session_state:
        try:
            found = connection.client().draft(name.replace("_", "-"))
        except ApiError:
            found = None
        st.session_state[place] = {} if found is None else found.fields
    fields: dict[str, Any] = st.session_state[place]
    return fields


def _typed(value: Any, default: Any) -> Any:
    """The value in the kind of the default: JSON does not tell 1 from 1.0, and a kept value may be of an older form."""
    if isinstance(default, bool) or default is None or value is None:
        return value if default is None or isinstance(value, bool) else default
    if isinstance(default, float) and isinstance(value, int | float):
        return float(value)
    return value if type(value) is type(default) else default


def _among(value: Any, options: Collection[Any], default: Any) -> Any:
    if isinstance(value, list):
        kept = [one for one in value if one in options]
        return kept if kept or not value else [one for one in default or [] if one in options]
    return value if value in options else default

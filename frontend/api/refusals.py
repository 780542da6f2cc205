"""Errors of the API on the page: one sentence, then the page ends."""

from collections.abc import Callable
from typing import NoReturn, ParamSpec, TypeVar

import streamlit as st

from frontend.text.escape import escape_markdown
from shared.client import ApiError

P = ParamSpec("P")
T = TypeVar("T")


def answer_or_stop(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `call`; where the API refuses, shows its sentence and ends the page."""
    try:
        return call(*args, **kwargs)
    except ApiError as error:
        stop_with(error)


def stop_with(error: ApiError) -> NoReturn:
    """Shows the API's sentence and ends the page."""
    st.error(escape_markdown(error.problem.detail), icon=":material/error:")
    st.stop()

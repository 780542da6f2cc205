"""The title of the browser's tab: page, what it is about, name of the program."""

import streamlit as st

NAME = "RadiomicLens"


def tab_title(page: str, about: str | None) -> str:
    """`Shifts · gland volume · RadiomicLens`."""
    return " · ".join(part for part in (page, about, NAME) if part)


def show(page: str, about: str | None = None) -> None:
    """Sets the title of the tab; it replaces the one that the page list gave."""
    st.set_page_config(page_title=tab_title(page, about))

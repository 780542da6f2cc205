"""A button that saves the numbers of a drawn chart."""

from functools import partial

import streamlit as st

from frontend.components.saving import csv_of
from frontend.drawn.chart import Picture


def csv_button(picture: Picture, name: str, key: str) -> None:
    """Saves the numbers of the shown view as CSV; nothing where it has none."""
    if picture.data is None:
        return
    st.download_button(
        "CSV",
        partial(csv_of, picture.data),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"saving-{key}-csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        help="The numbers this chart draws.",
    )

"""The cohort of the page Data as files for other tools; each is made when it is asked for."""

from functools import partial

import streamlit as st

from frontend.api import connection
from shared import schemas as s

CROISSANT = "Data set (Croissant)"


def show(cohort: s.Cohort) -> None:
    """The buttons, for those who may take the tables of studies."""
    with st.container(horizontal=True, key="cohort-files"):
        st.download_button(
            CROISSANT,
            partial(connection.client().cohort_file, cohort.id, "croissant"),
            file_name=f"croissant-{cohort.id}.zip",
            mime="application/zip",
            icon=":material/dataset:",
            on_click="ignore",
            help="Studies with labels and splits, hashes of images and masks, features, and a datasheet.",
        )

"""The cohort of the page Data as files for other tools; each is made when it is asked for."""

from functools import partial
from typing import Literal

import streamlit as st

from frontend.api import connection
from shared import schemas as s

FILES: dict[Literal["croissant", "bids"], tuple[str, str, str]] = {
    "croissant": (
        "Data set (Croissant)",
        ":material/dataset:",
        "Studies with labels and splits, hashes of images and masks, features, and a datasheet.",
    ),
    "bids": (
        "Masks and features (BIDS)",
        ":material/folder_zip:",
        "Masks as NIfTI and features as tables, in the folders and names of BIDS. Takes a while for many studies.",
    ),
}
"""Form -> what its button says, its picture, and what is in it."""


def show(cohort: s.Cohort) -> None:
    """The buttons, for those who may take the tables of studies."""
    with st.container(horizontal=True, key="cohort-files"):
        for form, (words, icon, more) in FILES.items():
            st.download_button(
                words,
                partial(connection.client().cohort_file, cohort.id, form),
                file_name=f"{form}-{cohort.id}.zip",
                mime="application/zip",
                icon=icon,
                on_click="ignore",
                help=more,
            )

"""The masks of a case as files for other programs; each is made when it is asked for."""

from functools import partial

import streamlit as st

from frontend.api import connection
from shared import schemas as s
from shared.protocol_words import spoken

HELP = (
    "A DICOM segmentation on the mask's own grid, with new UIDs. `radiomiclens export --format dicom-seg --source` "
    "makes one that refers to the images."
)


def show(case: s.CaseDetail) -> None:
    """A button for each mask."""
    if not case.masks:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="mask-files"):
        st.caption("Masks as DICOM SEG", width="content", help=HELP)
        for mask in case.masks:
            st.download_button(
                spoken(mask.roi),
                partial(connection.client().mask_seg, case.id, mask.roi),
                file_name=f"{mask.roi}-{case.id}.dcm",
                mime="application/dicom",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
                key=f"mask-file-{mask.roi}",
            )

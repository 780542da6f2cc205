"""A popover beside a chart that saves its figure for a paper or a slide, drawn by the server."""

from functools import partial
from typing import get_args

import streamlit as st

from frontend.api import analyses, connection
from shared import schemas as s

PRESETS: dict[s.FigurePreset, str] = {
    "one-column": "One column (89 mm)",
    "two-columns": "Two columns (183 mm)",
    "slide": "Slide",
}
FORMATS: tuple[s.FigureFormat, ...] = get_args(s.FigureFormat)
DOTS_PER_INCH = (150, 300, 600)


@st.fragment
def row(analysis_id: str, name: str | tuple[str, ...], key: str = "") -> None:
    """Which figure, format, width and dots per inch, and the button that fetches it.

    Draws nothing where the analysis has no figure of that name; `key` tells two charts of one figure apart.
    """
    titles = {one.name: one.title for one in analyses.figures(analysis_id)}
    names = [one for one in ([name] if isinstance(name, str) else name) if one in titles]
    if not names:
        return
    own = f"figure-{names[0]}-{analysis_id}{key}"
    with (
        st.container(key=f"take-{own}", width="content"),
        st.popover("Figure", icon=":material/image:", type="tertiary"),
    ):
        chosen = names[0]
        if len(names) > 1:
            chosen = st.selectbox("Figure", names, format_func=titles.__getitem__, key=f"{own}-name")
        form = st.segmented_control(
            "Format", FORMATS, default="png", required=True, format_func=str.upper, key=f"{own}-form"
        )
        preset = st.selectbox("Width", list(PRESETS), format_func=PRESETS.__getitem__, key=f"{own}-preset")
        dpi = 300
        if form == "png":
            dpi = st.select_slider("Dots per inch", DOTS_PER_INCH, value=300, key=f"{own}-dpi")
        st.download_button(
            f"Save {form.upper()}",
            partial(connection.client().figure, analysis_id, chosen, form, preset=preset, dpi=dpi),
            file_name=f"{chosen}-{preset}-{analysis_id}.{form}",
            icon=":material/download:",
            on_click="ignore",
            type="primary",
            key=f"{own}-save",
            help="Drawn by the server, with cohort, numbers and seed inside.",
        )

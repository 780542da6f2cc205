"""A protocol on a page: images, regions, targets and the grid in tables, and the whole of it as a YAML file."""

import pandas as pd
import streamlit as st

from frontend.text import labels, target_words
from frontend.text.causes_words import listed
from frontend.text.escape import escape_html, escape_markdown
from shared import schemas as s
from shared.protocol_words import modality_colours, region_colours, shown_modalities, spoken
from shared.protocols.writer import as_yaml

IN_THE_DATA = "the names that the imported files have"


def fold(protocol: s.Protocol, key: str) -> None:
    """The protocol in a fold, drawn when it is opened."""
    with st.expander(
        f"Protocol {escape_markdown(protocol.name)}", icon=":material/schema:", key=key, on_change="rerun"
    ) as opened:
        if opened.open:
            show(protocol, key)


def show(protocol: s.Protocol, key: str) -> None:
    """What the cases have, part by part, and the file."""
    if protocol.description:
        st.markdown(escape_markdown(protocol.description))
    if protocol.open:
        st.markdown(f"Modalities and regions are {IN_THE_DATA}.")
    for title, rows in (
        ("Images", _images(protocol)),
        ("Regions", _regions(protocol)),
        ("Targets", _targets(protocol)),
    ):
        if rows:
            st.markdown(f"**{title}**")
            st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", placeholder="–", alt=f"{title}.")
    st.markdown(escape_markdown(grid_words(protocol)))
    if protocol.quality:
        st.caption(
            f"Rules of this organ in the quality checks: {listed([spoken(rule) for rule in protocol.quality], most=9)}."
        )
    st.download_button(
        "Protocol as YAML",
        as_yaml(protocol).encode(),
        file_name=f"{protocol.name}.yaml",
        mime="application/yaml",
        icon=":material/download:",
        on_click="ignore",
        key=f"{key}-yaml",
    )


def outlines(protocol: s.Protocol) -> str:
    """The regions with the colour of their outline, as a line of HTML; empty where there is none."""
    marks = [
        f'<span class="swatch" style="background:{colour}" aria-hidden="true"></span> {escape_html(spoken(name))}'
        for name, colour in region_colours(protocol).items()
    ]
    return f"Outlines: {', '.join(marks)}." if marks else ""


def grid_words(protocol: s.Protocol) -> str:
    """The grid that cases are measured on, and what of it an encoder sees by default."""
    grid = protocol.grid
    spacing = " × ".join(f"{mm:g}" for mm in grid.spacing_mm)
    axes = "axes to the left, to the back and to the head" if grid.orientation == "LPS" else "axes as in the files"
    size = " × ".join(map(str, grid.size_zyx[::-1]))
    return f"Grid: voxels of {spacing} mm, {axes}. An encoder sees {size} of them (x, y, z)."


def _images(protocol: s.Protocol) -> list[dict[str, object]]:
    known = {one.name: one for one in protocol.modalities}
    return [
        {
            "Name": name,
            "Needed": _needed(known[name].required, known[name].reference),
            "Unit": known[name].unit,
            "Window": _window(known[name].window),
            "Values that an encoder sees": _intensity(protocol, name),
            "Colour": modality_colours(protocol)[name],
            "Also called": ", ".join(known[name].aliases),
        }
        for name in shown_modalities(protocol)
        if name in known
    ]


def _needed(required: bool, reference: bool) -> str:
    if reference:
        return "yes; its grid is that of the case"
    return "yes" if required else "no"


def _window(window: object) -> str:
    if isinstance(window, tuple):
        return f"{window[0]:g} to {window[1]:g}"
    return "each image's own"


def _intensity(protocol: s.Protocol, name: str) -> str:
    found = protocol.intensity.get(name, "z-score nonzero")
    if isinstance(found, str):
        return {"z-score nonzero": "z-score over voxels that are not 0", "none": "as they are"}.get(found, found)
    for word, ends in found.model_dump().items():
        return f"{word} {ends[0]:g} to {ends[1]:g}"
    return ""


def _regions(protocol: s.Protocol) -> list[dict[str, object]]:
    return [
        {
            "Name": one.name,
            "Needed": "yes" if one.required else "no",
            "Mask": listed([f"{code} = {name}" for code, name in sorted(one.codes.items())], most=9)
            if one.codes
            else "all above 0",
            "Its volume in mL is in the column": one.volume_column,
            "Colour": region_colours(protocol)[one.name],
            "Also called": ", ".join(one.aliases),
        }
        for one in protocol.regions
    ]


def _targets(protocol: s.Protocol) -> list[dict[str, object]]:
    return [
        {
            "Name": one.name,
            "Called": labels.task(protocol, one.name),
            "Kind": one.kind,
            "What a fine-tuning learns": target_words.learns(protocol, one),
        }
        for one in protocol.targets
    ]

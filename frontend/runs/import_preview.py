"""A look into a folder: which file was taken for which image and region of the protocol."""

import pandas as pd
import streamlit as st

from frontend.text import numbers
from frontend.text.causes_words import listed
from frontend.text.escape import escape_markdown
from shared import schemas as s


def files(protocol: s.Protocol, found: s.ImportPreview) -> None:
    """One row a study, one column an image or region that any study has; studies of DICOM series are listed apart."""
    rows = [study for study in found.shown if study.images or study.masks]
    if not rows:
        return
    names = columns(protocol, rows)
    needed = {*protocol.required_modalities, *(one.name for one in protocol.regions if one.required)}
    frame = pd.DataFrame(
        {
            "Study": [study.study_id for study in rows],
            **{name: [(study.images | study.masks).get(name) for study in rows] for name in names},
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        height=min(38 + 35 * len(frame), 300),
        placeholder="–",
        column_config={name: st.column_config.TextColumn(help=_help(protocol, name, name in needed)) for name in names},
        alt="Which file was taken for which image and region, one row a study.",
    )
    first = f"The first {numbers.count(len(found.shown))} studies. " if len(found.shown) < found.studies else ""
    missing = [name for name in (*protocol.modality_names, *protocol.region_names) if name not in names]
    without = f"No file was found for {listed(missing, most=6)}. " if missing else ""
    dashes = "A dash: this study has none." if frame.isna().any(axis=None) else ""
    st.caption(escape_markdown(f"{first}{without}{dashes}"))


def columns(protocol: s.Protocol, rows: list[s.PreviewStudy]) -> list[str]:
    """Images and regions that were found, in the protocol's order, then label maps that hold several regions."""
    there = {name for study in rows for name in (*study.images, *study.masks)}
    known = [*protocol.modality_names, *protocol.region_names]
    return [*(name for name in known if name in there), *sorted(there - set(known))]


def nothing(protocol: s.Protocol) -> str:
    """What was looked for, where a folder holds no study."""
    words = [word for one in protocol.modalities if one.reference for word in (one.name, *one.aliases)]
    return escape_markdown(
        f"No study was found in this folder. Under the protocol {protocol.name} an image is found by its name or "
        f"alias, such as {listed(words, most=6)}. Check the folder, its layout, or the aliases of the protocol."
    )


def _help(protocol: s.Protocol, name: str, needed: bool) -> str:
    known = {one.name: one.aliases for one in protocol.modalities} | {one.name: one.aliases for one in protocol.regions}
    aliases = known.get(name, ())
    also = f"Also called {', '.join(aliases)}. " if aliases else ""
    return f"{also}{'A study without it is refused.' if needed else 'A study may lack it.'}"

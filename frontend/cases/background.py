"""What else is stored of a case: native geometry, DICOM series, codes, clinical values."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.protocol_words import spoken


@st.fragment
def background(case: s.CaseDetail, protocol: s.Protocol) -> None:
    """Native geometry and clinical values; each table is sent once somebody opens it, so that pictures come first."""
    with st.expander("Native geometry", key=session_keys.NATIVE_GEOMETRY, on_change="rerun") as fold:
        if fold.open and case.geometry:
            st.dataframe(geometry_table(case.geometry), hide_index=True)
            others = [name for name in protocol.modality_names if name != protocol.reference]
            st.caption(
                f"As acquired. The viewer shows {', '.join(others)}{' and ' if others else ''}masks resampled to the "
                f"{protocol.reference} grid by physical position."
            )
        elif fold.open:
            st.markdown("No geometry is stored for this case.")
    if case.series:
        with st.expander("DICOM series", key=session_keys.DICOM_SERIES, on_change="rerun") as fold:
            if fold.open:
                st.dataframe(series_table(case.series), hide_index=True)
                st.caption("What was taken at import, and why. Another series can be named when importing again.")
    if case.zones:
        codes = ", ".join(f"{escape_markdown(code)} = {escape_markdown(name)}" for code, name in case.zones.items())
        st.caption(f"Codes in the label map as it came: {codes}. {stored_codes(protocol)}".strip())
    if case.clinical:
        with st.expander("Clinical values", key=session_keys.CLINICAL_VALUES, on_change="rerun") as fold:
            if fold.open:
                rows = {"name": list(case.clinical), "value": [str(value) for value in case.clinical.values()]}
                st.dataframe(pd.DataFrame(rows), hide_index=True)


def stored_codes(protocol: s.Protocol) -> str:
    """What the codes of stored masks are: `Stored zones are 1 = PZ, 2 = TZ.`, and others after it."""
    named = [
        f"Stored {spoken(region.name)} are {', '.join(f'{code} = {name}' for code, name in region.codes.items())}."
        for region in protocol.regions
        if region.codes
    ]
    return escape_markdown(" ".join(named))


def series_table(series: Sequence[s.SeriesChoice]) -> pd.DataFrame:
    """One row a series of the study: what it was taken for, and what is known of it."""
    taken = {choice.series: choice for choice in series}
    return pd.DataFrame(
        [
            {
                "Series": each.series,
                "Taken as": taken[each.series].modality if each.series in taken else "",
                "What it is": taken[each.series].reason if each.series in taken else each.why,
                "Slices": each.slices,
                "Named by a person": "yes" if each.series in taken and taken[each.series].overridden else "",
            }
            for each in series[0].candidates
        ]
    )


def geometry_table(geometry: dict[str, Any]) -> pd.DataFrame:
    """One row an input; lists become `384 × 384 × 19`."""
    rows = [
        {"input": name} | {field: in_words(value) for field, value in values.items()}
        for name, values in geometry.items()
        if isinstance(values, dict)
    ]
    return pd.DataFrame(rows or [{"input": name, "value": in_words(value)} for name, value in geometry.items()])


def in_words(value: object) -> str:
    """A size, spacing or origin as text."""
    if not isinstance(value, list | tuple):
        return str(value)
    separator = " × " if all(isinstance(part, int) for part in value) else ", "
    return separator.join(
        f"{part:g}".replace("-", numbers.MINUS) if isinstance(part, int | float) else str(part) for part in value
    )

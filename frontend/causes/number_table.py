"""A table on demand: folded away under a chart, its numbers written as in the text."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st


def show(
    title: str,
    rows: pd.DataFrame,
    written: Mapping[str, Callable[[Any], str]],
    alt: str,
    columns: Mapping[str, Any] | None = None,
) -> None:
    """Draws the fold; `written`: how numbers of a column are written, `columns`: names and help of columns."""
    formats: dict[Any, Any] = {name: write for name, write in written.items() if name in rows}
    with st.expander(title, type="compact"):
        st.dataframe(
            rows.style.format(formats), hide_index=True, height="content", column_config=dict(columns or {}), alt=alt
        )

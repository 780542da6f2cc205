"""The row under a chart that saves it: as PNG or SVG by the browser, and its numbers as CSV."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from shared.csv_cells import neutral

FOLDER = Path(__file__).parent


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "radiomiclens_saving",
        html='<div class="saving"><button type="button" data-format="png">PNG</button>'
        '<button type="button" data-format="svg">SVG</button></div>',
        css=(FOLDER / "saving.css").read_text(encoding="utf-8"),
        js=(FOLDER / "saving.js").read_text(encoding="utf-8"),
    )


def saving(chart_key: str, name: str, title: str, numbers: pd.DataFrame | None) -> None:
    """PNG and SVG of the chart with that key, and CSV of the numbers it draws where they are given."""
    with st.container(horizontal=True, gap="xsmall", key=f"saving-{chart_key}"):
        _component()(
            key=f"saving-{chart_key}-picture", data={"chart": chart_key, "title": title}, height="content",
            width="content",
        )  # fmt: skip
        if numbers is not None:
            st.download_button(
                "CSV",
                partial(csv_of, numbers),
                file_name=f"{name}.csv",
                mime="text/csv",
                key=f"saving-{chart_key}-csv",
                on_click="ignore",
                help="The numbers this chart draws.",
            )


def csv_of(numbers: pd.DataFrame) -> bytes:
    """UTF-8 CSV in which no text runs as a spreadsheet's formula."""
    text = numbers.select_dtypes(exclude="number").columns
    safe = numbers.assign(**{str(name): numbers[name].map(_neutral) for name in text})
    return safe.to_csv(index=False).encode("utf-8", "replace")


def _neutral(cell: object) -> object:
    return neutral(cell) if isinstance(cell, str) else cell

"""A chart on the page: its finding as title, the figure, how to read it, and the selection made in it."""

from collections.abc import Callable

import streamlit as st

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.plain import plain


def dark() -> bool:
    """Whether this browser shows the dark theme."""
    return st.context.theme.type == "dark"


def show(chart: Chart, key: str, on_point: Callable[[str], None] | None = None, title: bool = True) -> None:
    """Draws a chart; `on_point` is called with the custom data of a clicked point before the page runs again."""
    if title:
        st.markdown(f"##### {plain(chart.title)}", anchors=False)
    settings = style.config(chart.name, st.session_state.get("picture_format") or "PNG")
    if on_point is None:
        st.plotly_chart(chart.figure, theme=None, key=key, config=settings, alt=chart.alt)
    else:
        chart.figure.update_layout(clickmode="event+select")
        st.plotly_chart(
            chart.figure,
            theme=None,
            key=key,
            config=settings,
            alt=chart.alt,
            selection_mode="points",
            on_select=lambda: _report(key, on_point),
        )
    st.caption(plain(chart.caption))


def _report(key: str, on_point: Callable[[str], None]) -> None:
    points = st.session_state[key]["selection"]["points"]
    if points and (value := points[0].get("customdata")):
        on_point(str(value[0] if isinstance(value, list) else value))

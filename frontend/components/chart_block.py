"""A chart on the page: its finding as title, the figure, how to read it, what saves it, what was selected in it."""

from collections.abc import Callable

import streamlit as st

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.components.saving import saving
from frontend.text.escape import escape_markdown


def dark() -> bool:
    """Whether this browser shows the dark theme."""
    return st.context.theme.type == "dark"


def show(
    chart: Chart,
    key: str,
    on_point: Callable[[str], None] | None = None,
    title: bool = True,
    on_points: Callable[[list[str]], None] | None = None,
) -> None:
    """Draws a chart with PNG, SVG and CSV under it.

    `on_point` is called with the custom data of a clicked point before the page runs again, `on_points` with those of
    all points in a lasso or box (none where the selection was taken away).
    """
    if title:
        st.markdown(f"##### {escape_markdown(chart.title)}", anchors=False)
    settings = style.config(chart.name, lasso=on_points is not None)
    if on_points is not None:
        chart.figure.update_layout(dragmode="lasso")
        st.plotly_chart(
            chart.figure,
            theme=None,
            key=key,
            config=settings,
            alt=chart.alt,
            selection_mode=("points", "lasso", "box"),
            on_select=lambda: on_points(_selected(key)),
        )
    elif on_point is not None:
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
    else:
        st.plotly_chart(chart.figure, theme=None, key=key, config=settings, alt=chart.alt)
    st.caption(escape_markdown(chart.caption))
    saving(key, chart.name, chart.title, chart.data)


def _report(key: str, on_point: Callable[[str], None]) -> None:
    selected = _selected(key)
    if selected:
        on_point(selected[0])


def _selected(key: str) -> list[str]:
    """The custom data (its first value) of the selected points, each once."""
    points = st.session_state[key]["selection"]["points"]
    found = [point.get("customdata") for point in points]
    values = [value[0] if isinstance(value, list) else value for value in found]
    return list(dict.fromkeys(str(value) for value in values if value))

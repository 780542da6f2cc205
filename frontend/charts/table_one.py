"""Table 1 of the paper as a chart: one panel a task, one row a feature group, pre to ft."""

from collections.abc import Mapping, Sequence

import pandas as pd
from plotly.subplots import make_subplots

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import labels, numbers
from frontend.text.escape import escape_html
from shared import schemas as s

ORDER = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm", "Original", "Wavelet")


def row_name(row: str) -> str:
    """`First order`, `GLCM`, `Wavelet`."""
    return labels.feature_class(row)


def rows_of(columns: Mapping[str, Sequence[s.TableOneCell]]) -> list[str]:
    """The rows that occur in any column, in the paper's order."""
    present = {cell.row: None for cells in columns.values() for cell in cells}
    return sorted(present, key=lambda row: (ORDER.index(row) if row in ORDER else len(ORDER), row))


def table_one_chart(columns: Mapping[str, Sequence[s.TableOneCell]], made_of: str, dark: bool) -> Chart:
    """Held-out R² of every Table 1 cell; `columns` maps CLS, REG, SEG-L, SEG-P (those that exist) to their cells."""
    rows = rows_of(columns)
    figure = make_subplots(
        cols=len(columns), rows=1, shared_yaxes=True, shared_xaxes="all", horizontal_spacing=0.03,
        subplot_titles=[escape_html(name) for name in columns],
    )  # fmt: skip
    for panel, cells in enumerate(columns.values(), start=1):
        for cell in cells:
            _add_cell(figure, cell, rows.index(cell.row), panel, dark)
    figure.update_yaxes(range=[len(rows) - 0.5, -0.5], showgrid=False, zeroline=False)
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=[escape_html(row_name(row)) for row in rows], col=1)
    figure.update_xaxes(range=_range(columns), nticks=4, title_text="paper's held-out R²", title_font_size=12)
    figure.update_layout(template=style.template(dark), showlegend=False, height=110 + 32 * len(rows))
    below = f" Arrow: below {numbers.r2(style.LOWEST)}." if min(_scores(columns), default=0.0) < style.LOWEST else ""
    caption = (
        "Table 1 as a picture: hollow before, filled after fine-tuning, one panel a task; grey where little changed or "
        f"R² is below zero in both stages.{below} {made_of}"
    )
    frame = pd.DataFrame([{"task": name} | cell.model_dump() for name, cells in columns.items() for cell in cells])
    return Chart(figure, _title(columns), caption, _alt(columns), "table-1", frame)


def _title(columns: Mapping[str, Sequence[s.TableOneCell]]) -> str:
    """The cell that is decoded best after fine-tuning, or that none is."""
    scored = [(cell.r2_ft, name, cell.row) for name, cells in columns.items() for cell in cells if cell.r2_ft]
    if not style.says_something(None, max((r2 for r2, _, _ in scored), default=None)):
        return "No group can be decoded on held-out patients after fine-tuning, in any task"
    r2, name, row = max(scored)
    return f"Decoded best after fine-tuning: {row_name(row)} in {name} (paper's R² {numbers.r2(r2)})"


def _add_cell(figure: object, cell: s.TableOneCell, height: int, panel: int, dark: bool) -> None:
    if cell.r2_pre is None or cell.r2_ft is None:
        return
    change = cell.r2_ft - cell.r2_pre
    readable = style.says_something(cell.r2_pre, cell.r2_ft)
    colour = style.direction(change if readable else None, style.MARGIN)
    hover = (
        f"{escape_html(row_name(cell.row))}, {numbers.counted(cell.n_features, 'feature')}<br>"
        f"pre {numbers.r2(cell.r2_pre)} → ft {numbers.r2(cell.r2_ft)} ({numbers.change(change)})"
    )
    figure.add_scatter(  # type: ignore[attr-defined]  # plotly ships no types
        x=[style.clipped(cell.r2_pre), style.clipped(cell.r2_ft)], y=[height, height], mode="lines+markers",
        row=1, col=panel,
        opacity=style.FADED if colour == style.UNCHANGED else 1.0, hovertext=[hover, hover], hoverinfo="text",
        line={"color": colour, "width": 2.5},
        marker={
            "size": 10, "symbol": [_symbol(cell.r2_pre), _symbol(cell.r2_ft)],
            "color": [style.paper(dark), colour], "line": {"color": colour, "width": 2.5}, "opacity": 1,
        },
    )  # fmt: skip


def _scores(columns: Mapping[str, Sequence[s.TableOneCell]]) -> list[float]:
    cells = [cell for of_task in columns.values() for cell in of_task]
    return [value for cell in cells for value in (cell.r2_pre, cell.r2_ft) if value is not None]


def _range(columns: Mapping[str, Sequence[s.TableOneCell]]) -> list[float]:
    """Range of the axis; zero is always on it, so that values below zero are seen as such."""
    drawn = [0.0, *(style.clipped(value) for value in _scores(columns))]
    room = 0.06 * (max(drawn) - min(drawn) or 1.0)
    return [min(drawn) - room, max(drawn) + room]


def _symbol(r2: float) -> str:
    return "circle" if r2 >= style.LOWEST else "triangle-left"


def _alt(columns: Mapping[str, Sequence[s.TableOneCell]]) -> str:
    text = []
    for name, cells in columns.items():
        scored = [
            (cell, cell.r2_pre, cell.r2_ft) for cell in cells if cell.r2_pre is not None and cell.r2_ft is not None
        ]
        if scored:
            best, pre, ft = max(scored, key=lambda item: item[2])
            text.append(
                f"{name}: highest after fine-tuning {row_name(best.row)}, {numbers.r2(pre)} to {numbers.r2(ft)}"
            )
    return f"The paper's held-out R² before and after fine-tuning by feature group and task. {'; '.join(text)}."

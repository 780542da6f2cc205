"""The paper's Table 1 with a bar in every cell: from zero to the right, and to the left where a value is below zero."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from frontend.charts import style
from frontend.drawn.chart import Picture
from frontend.text import labels, numbers
from shared import schemas as s

ORDER = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm", "Original", "Wavelet")
STAGES = (("pre", "before"), ("ft", "after"))

Columns = Mapping[str, Sequence[s.TableOneCell]]


def row_name(row: str) -> str:
    """`First order`, `GLCM`, `Wavelet`."""
    return labels.feature_class(row)


def rows_of(columns: Columns) -> list[str]:
    """The rows that occur in any column, in the paper's order."""
    present = {cell.row: None for cells in columns.values() for cell in cells}
    return sorted(present, key=lambda row: (ORDER.index(row) if row in ORDER else len(ORDER), row))


def frame(columns: Columns, field: str) -> pd.DataFrame:
    """Rows as in the paper, two columns a task: `CLS pre`, `CLS ft`."""
    rows = rows_of(columns)
    by_row = {name: {cell.row: cell for cell in cells} for name, cells in columns.items()}
    features = {row: next(cells[row].n_features for cells in by_row.values() if row in cells) for row in rows}
    found: dict[str, list[object]] = {
        "Group": [row_name(row) for row in rows],
        "Features": [features[row] for row in rows],
    }
    for name, cells in by_row.items():
        for stage, _ in STAGES:
            found[f"{name} {stage}"] = [
                getattr(cells[row], f"{field}_{stage}") if row in cells else None for row in rows
            ]
    return pd.DataFrame(found)


def table_one(columns: Columns, spelled: Mapping[str, str], field: str, measure: str, made_of: str) -> Picture:
    """Every cell of Table 1; `columns` maps CLS, REG, SEG-L, SEG-P (those that exist) to their cells.

    `spelled` says what each means, `field` is `r2`, `mse` or `r2_in_sample`, and `measure` its words.
    """
    data = frame(columns, field)
    values = [value for name in list(data)[2:] for value in data[name] if value is not None and value == value]
    low, high = _ends(values, field)
    heads = "".join(
        f'<th scope="colgroup" colspan="2">{escape(name)}<small>{escape(spelled[name])}</small></th>'
        for name in columns
    )
    stages = "".join(f'<th scope="col">{when}</th>' for _ in columns for _, when in STAGES)
    body = "".join(_row(line, low, high) for line in data.astype(object).rename(columns=str).to_dict("records"))
    html = (
        '<div class="scrolled" tabindex="0" role="region" aria-label="Table 1"><table class="paper"><thead>'
        '<tr><th rowspan="2" scope="col">Group</th>'
        f'<th rowspan="2" scope="col">Features</th>{heads}</tr><tr>{stages}</tr></thead><tbody>{body}</tbody>'
        "</table></div>"
    )
    clipped = f" Bars end at {numbers.r2(low)}; the number goes on." if values and min(values) < low else ""
    caption = f"{measure} of every group; bars go from zero, to the left where it is below.{clipped} {made_of}"
    return Picture(title(columns), html, caption, f"Table 1: {measure} by feature group and task.", data)


def title(columns: Columns) -> str:
    """The cell that is decoded best after fine-tuning, or that none is."""
    scored = [(cell.r2_ft, name, cell.row) for name, cells in columns.items() for cell in cells if cell.r2_ft]
    if not style.says_something(None, max((r2 for r2, _, _ in scored), default=None)):
        return "No group can be decoded on held-out patients after fine-tuning, in any task"
    r2, name, row = max(scored)
    return f"Decoded best after fine-tuning: {row_name(row)} in {name} (paper's R² {numbers.r2(r2)})"


def _ends(values: Sequence[float], field: str) -> tuple[float, float]:
    """The bars' ends; R² ends at -1, so that one very low value does not flatten the others."""
    low, high = min([0.0, *values]), max([0.0, *values])
    return (max(low, style.LOWEST) if field != "mse" else low), high if high > low else low + 1.0


def _row(line: Mapping[Any, object], low: float, high: float) -> str:
    cells = "".join(_cell(value, low, high) for value in list(line.values())[2:])
    features = numbers.count(int(str(line["Features"])))
    return f'<tr><th scope="row">{escape(str(line["Group"]))}</th><td>{features}</td>{cells}</tr>'


def _cell(value: object, low: float, high: float) -> str:
    if not isinstance(value, float) or value != value:
        return f"<td>{numbers.NONE}</td>"
    zero = 100 * (0.0 - low) / (high - low)
    end = 100 * (max(value, low) - low) / (high - low)
    left, width = min(zero, end), abs(end - zero)
    kind = "below" if value < 0 else "above"
    return (
        f'<td><span class="bar" aria-hidden="true"><i class="{kind}" style="left:{left:.1f}%;width:{width:.1f}%"></i>'
        f'<b style="left:{zero:.1f}%"></b></span>{numbers.r2(value)}</td>'
    )

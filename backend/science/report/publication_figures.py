"""Figures of an analysis for a paper or a slide: SVG, PDF and PNG in fixed widths, without a browser."""

import io
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import pandas as pd

from backend.errors import BadSettings
from backend.science.analysis.report import Report
from backend.science.analysis.subgroup_text import subgroup_title
from backend.science.report.publication_panels import PANELS, Content
from backend.science.report.publication_rows import INK, QUIET

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MM = 1 / 25.4
STYLE: dict[Any, Any] = {
    "font.size": 7,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "radiomiclens",  # equal figures have equal bytes
    "pdf.fonttype": 42,
    "text.parse_math": False,  # a name with $ is no formula
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A width as journals and slides have it (mm), the factor of its type, and its formats."""

    name: str
    width_mm: float
    type_scale: float
    formats: tuple[str, ...]


PRESETS = {
    "one-column": Preset("one-column", 89, 1.0, ("svg", "pdf", "png")),
    "two-columns": Preset("two-columns", 183, 1.0, ("svg", "pdf", "png")),
    "slide": Preset("slide", 254, 1.9, ("png",)),
}
FORMATS = ("png", "svg", "pdf")
DOTS_PER_INCH, LOWEST_DPI, HIGHEST_DPI = 300, 100, 600
WITHOUT_TIME = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}
DRAWING = Lock()
"""Matplotlib's settings are of the process: figures are drawn one at a time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One figure as it is asked for: its name, preset, format, and dots per inch of a PNG."""

    name: str
    preset: str = "one-column"
    form: str = "png"
    dpi: int = DOTS_PER_INCH


def figure_names(report: Report) -> list[str]:
    """The figures that an analysis has, in the order in which they are offered."""
    return [name for name, panel in PANELS.items() if panel.known(report)]


def drawn(report: Report, groups: pd.DataFrame, wanted: Wanted, cohort: str = "") -> bytes:
    """One figure as bytes; `groups` as in groups.csv. Raises BadSettings for a figure that the analysis has not."""
    if wanted.name not in figure_names(report):
        raise BadSettings(f"This analysis has no figure {wanted.name!r}; it has {', '.join(figure_names(report))}.")
    return _bytes(Content(report, groups), wanted, cohort)


def publication_figures(report: Report, groups: pd.DataFrame, cohort: str = "") -> dict[str, bytes]:
    """Every figure in every preset by name of file, such as `r2-one-column.svg`; N, cohort and seed in each.

    `groups` as in groups.csv. R² are above chance, or the paper's where there is no trust block.
    """
    content = Content(report, groups)
    return {
        f"{name}-{preset.name}.{form}": _bytes(content, Wanted(name, preset.name, form), cohort)
        for name in figure_names(report)
        for preset in PRESETS.values()
        for form in preset.formats
    }


def _bytes(content: Content, wanted: Wanted, cohort: str) -> bytes:
    import matplotlib as mpl

    buffer = io.BytesIO()
    with DRAWING, mpl.rc_context(STYLE):
        figure = _figure(content, wanted.name, PRESETS[wanted.preset], cohort)
        figure.savefig(buffer, format=wanted.form, dpi=wanted.dpi, metadata=WITHOUT_TIME[wanted.form])
    return buffer.getvalue()


def _figure(content: Content, name: str, preset: Preset, cohort: str) -> "Figure":
    from matplotlib.figure import Figure

    panel, scale, report = PANELS[name], preset.type_scale, content.report
    height = (18 + 4.2 * max(panel.rows(content), 3)) * scale
    figure = Figure(figsize=(preset.width_mm * MM, height * MM), layout="constrained")
    axes = figure.subplots()
    panel.draw(axes, content, scale)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(labelsize=6.5 * scale, width=0.6)
    axes.set_xlabel(panel.axis(report), fontsize=7 * scale)
    figure.supxlabel(_caption(report, panel.read, cohort), fontsize=5 * scale, color=QUIET, wrap=True)
    return figure


def _caption(report: Report, read: str, cohort: str) -> str:
    """What a figure is of, as a reviewer asks: task, region, cohort, studies, patients, seed."""
    parts = [
        report.task_words,
        report.roi or "",
        cohort,
        f"{report.n_studies} studies of {report.n_patients} patients",
        *([subgroup_title(report)] if report.subgroup else []),
        f"seed {report.settings.seed}",
        read,
    ]
    return " \u00b7 ".join(part for part in parts if part)

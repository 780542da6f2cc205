"""Figures of an analysis for a paper or a slide: SVG, PDF and PNG in fixed widths, without a browser."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from backend.science.analysis.report import Report
from backend.science.report.group_lines import GroupLine, group_lines
from backend.science.report.protocol_words import OTHER_COLOUR, modality_colours
from backend.science.tables.glossary import CLASS_LABELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MM = 1 / 25.4
FLAGGED = ("stronger", "weaker")
INK, QUIET = "#1B2430", "#8A8F98"
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
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A width as journals and slides have it (mm), the factor of its type, and its formats."""

    name: str
    width_mm: float
    type_scale: float
    formats: tuple[str, ...]


PRESETS = (
    Preset("one-column", 89, 1.0, ("svg", "pdf", "png")),
    Preset("two-columns", 183, 1.0, ("svg", "pdf", "png")),
    Preset("slide", 254, 1.9, ("png",)),
)
DOTS_PER_INCH = 300
WITHOUT_TIME = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}


@dataclass(frozen=True, slots=True)
class _Row:
    """One group: name, colour, and what is drawn of it."""

    name: str
    colour: str
    pre: float
    ft: float
    line: GroupLine | None = None


def publication_figures(report: Report, groups: pd.DataFrame) -> dict[str, bytes]:
    """Files by name: `effects-*` (of an analysis with its trust block) and `r2-*`, N and seed in each.

    `groups` as in groups.csv. R² are above chance, or the paper's where there is no trust block.
    """
    import matplotlib as mpl

    rows, made = _rows(report, groups), dict[str, bytes]()
    with mpl.rc_context(STYLE):
        for name, preset in ((name, preset) for name in _kinds(report) for preset in PRESETS):
            figure = _figure(name, rows, report, preset)
            for form in preset.formats:
                made[f"{name}-{preset.name}.{form}"] = _saved(figure, form)
    return made


def _kinds(report: Report) -> Iterator[str]:
    if report.trust is not None:
        yield "effects"
    yield "r2"


def _rows(report: Report, groups: pd.DataFrame) -> list[_Row]:
    colours = modality_colours(report)
    if report.trust is not None:
        lines = group_lines(groups, report.trust, colours)
        return [_Row(line.name, line.colour, line.r2_pre, line.r2_ft, line) for line in lines]
    chosen = groups[groups["grouping"] == "modality_class"].dropna(subset=["r2_pre", "r2_ft"])
    chosen = chosen.assign(change=chosen["r2_ft"] - chosen["r2_pre"]).sort_values("change", ascending=False)
    found = []
    for row in chosen.to_dict("records"):
        modality, _, feature_class = str(row["group"]).rpartition("_")
        name = f"{modality} {CLASS_LABELS.get(feature_class, feature_class)}"
        found.append(_Row(name, colours.get(modality, OTHER_COLOUR), row["r2_pre"], row["r2_ft"]))
    return found


def _figure(kind: str, rows: Sequence[_Row], report: Report, preset: Preset) -> "Figure":
    from matplotlib.figure import Figure

    scale = preset.type_scale
    height = (16 + 4.2 * max(len(rows), 3)) * scale
    figure = Figure(figsize=(preset.width_mm * MM, height * MM), layout="constrained")
    axes = figure.subplots()
    at = list(range(len(rows), 0, -1))
    (_effects if kind == "effects" else _r2)(axes, rows, at, scale)
    axes.set_yticks(at, [row.name for row in rows])
    axes.set_ylim(0.3, len(rows) + 0.7)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(labelsize=6.5 * scale, width=0.6)
    axes.set_xlabel(_label(kind, report), fontsize=7 * scale)
    figure.supxlabel(_caption(kind, report), fontsize=5 * scale, color=QUIET, wrap=True)
    return figure


def _effects(axes: "Axes", rows: Sequence[_Row], at: Sequence[int], scale: float) -> None:
    """A dot and interval a group, filled where a change is flagged; a diamond for the effect given the label."""
    axes.axvline(0, color=QUIET, linewidth=0.6 * scale)
    for row, y in zip(rows, at, strict=True):
        line = row.line
        if line is None:
            continue
        axes.plot([line.effect.low, line.effect.high], [y, y], color=row.colour, linewidth=1.2 * scale)
        face = row.colour if line.flag in FLAGGED else "white"
        axes.plot(line.effect.value, y, "o", color=row.colour, markerfacecolor=face, markersize=3.6 * scale)
        if line.given_label is not None:
            axes.plot(
                line.given_label.value, y - 0.3, "D", color=row.colour, markerfacecolor="white", markersize=2 * scale
            )


def _r2(axes: "Axes", rows: Sequence[_Row], at: Sequence[int], scale: float) -> None:
    """Before (hollow) to after (filled), a line a group."""
    axes.axvline(0, color=QUIET, linewidth=0.6 * scale)
    for row, y in zip(rows, at, strict=True):
        axes.plot([row.pre, row.ft], [y, y], color=row.colour, linewidth=1.2 * scale)
        axes.plot(row.pre, y, "o", color=row.colour, markerfacecolor="white", markersize=3.6 * scale)
        axes.plot(row.ft, y, "o", color=row.colour, markersize=3.6 * scale)


def _label(kind: str, report: Report) -> str:
    if kind == "effects":
        return "Trust effect, with its 95 % interval"
    which = "R\u00b2 above chance" if report.trust is not None else "The paper's held-out R\u00b2"
    return f"{which}, before (hollow) and after (filled)"


def _caption(kind: str, report: Report) -> str:
    """What a figure is of, as a reviewer asks: task, region, studies, patients, seed."""
    parts = [
        report.task_words,
        report.roi or "",
        f"{report.n_studies} studies of {report.n_patients} patients",
        f"seed {report.settings.seed}",
        "filled: a change is flagged; diamond: given the label" if kind == "effects" else "",
    ]
    return " \u00b7 ".join(part for part in parts if part)


def _saved(figure: "Figure", form: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, dpi=DOTS_PER_INCH, metadata=WITHOUT_TIME[form])
    return buffer.getvalue()

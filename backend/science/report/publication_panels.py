"""What a figure for a paper draws: effects, R² before and after, heat map, Table 1, Fig. 2, use, and new content.

Blue is stronger, orange weaker, yellow label-borne, dark grey kept, grey unchanged; no colour means anything else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from backend.science.analysis.report import Report
from backend.science.analysis.report_causes import GroupUse
from backend.science.analysis.report_trust import TrustReport
from backend.science.report.group_lines import GroupLine, group_lines
from backend.science.report.publication_rows import (
    BAND,
    INK,
    LABEL_BORNE,
    MARGIN,
    OF_FLAG,
    QUIET,
    SLATE,
    STRONGER,
    WEAKER,
    Row,
    by_change,
    dumbbells,
    group_name,
    named,
    plain_row,
)
from backend.science.tables.glossary import CLASS_LABELS
from backend.science.text_format import signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Content:
    """What figures are drawn from: the report, groups.csv, and its lines where there is a trust block."""

    report: Report
    groups: pd.DataFrame

    @property
    def lines(self) -> list[GroupLine]:
        """Groups with their trust numbers, largest effect first."""
        trust = self.report.trust
        return [] if trust is None else group_lines(self.groups, trust, {})

    @property
    def trust(self) -> TrustReport:
        """The trust block, for panels that are only drawn where there is one."""
        assert self.report.trust is not None
        return self.report.trust


@dataclass(frozen=True, slots=True)
class Panel:
    """One kind of figure: its title, where it is known, how many rows it has, its axis, and how to read it."""

    title: str
    known: Callable[[Report], bool]
    rows: Callable[[Content], int]
    draw: Callable[["Axes", Content, float], None]
    axis: Callable[[Report], str]
    read: str


def _effects(axes: "Axes", content: Content, scale: float) -> None:
    lines = content.lines
    axes.axvline(0, color=QUIET, linewidth=0.6 * scale)
    for line, y in zip(lines, named(axes, [line.name for line in lines]), strict=True):
        colour = OF_FLAG.get(line.flag, QUIET)
        axes.plot([line.effect.low, line.effect.high], [y, y], color=colour, linewidth=1.2 * scale)
        face = colour if line.flag in OF_FLAG else "white"
        axes.plot(line.effect.value, y, "o", color=colour, markerfacecolor=face, markersize=3.6 * scale)
        if line.given_label is not None:
            at = (line.given_label.value, y - 0.3)
            axes.plot(*at, "D", color=LABEL_BORNE, markerfacecolor="white", markersize=2 * scale)


def _r2(axes: "Axes", content: Content, scale: float) -> None:
    if content.report.trust is not None:
        rows = [Row(one.name, one.r2_pre, one.r2_ft, OF_FLAG.get(one.flag, QUIET)) for one in content.lines]
    else:
        rows = _papers_groups(content.groups)
    dumbbells(axes, rows, scale)


def _papers_groups(groups: pd.DataFrame) -> list[Row]:
    chosen = groups[groups["grouping"] == "modality_class"].dropna(subset=["r2_pre", "r2_ft"])
    chosen = chosen.assign(change=chosen["r2_ft"] - chosen["r2_pre"]).sort_values("change", ascending=False)
    return [
        Row(group_name(str(row["group"])), row["r2_pre"], row["r2_ft"], by_change(row["r2_pre"], row["r2_ft"]))
        for row in chosen.to_dict("records")
    ]


def _cells(content: Content) -> pd.DataFrame:
    """The change of every class (rows) in every modality (columns)."""
    trusted = content.report.trust is not None
    chosen = content.groups[content.groups["grouping"] == "modality_class"]
    parts = chosen["group"].str.rpartition("_")
    change = chosen["effect"] if trusted else chosen["r2_ft"] - chosen["r2_pre"]
    frame = pd.DataFrame({"modality": parts[0], "class": parts[2], "change": change})
    table = frame.pivot(index="class", columns="modality", values="change")
    order = [one for one in CLASS_LABELS if one in table.index]
    return table.reindex(index=order, columns=[one for one in content.report.modalities if one in table.columns])


def _heat_map(axes: "Axes", content: Content, scale: float) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    table = _cells(content)
    values = table.to_numpy(float)
    widest = max(2 * MARGIN, float(np.nanmax(np.abs(values))))
    colours = LinearSegmentedColormap.from_list("change", [WEAKER, "white", STRONGER])
    axes.imshow(values, cmap=colours, vmin=-widest, vmax=widest, aspect="auto")
    axes.set_yticks(range(len(table)), [CLASS_LABELS.get(one, one) for one in table.index.astype(str)])
    axes.set_xticks(range(table.shape[1]), list(table.columns))
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            if value == value:
                ink = "white" if abs(value) > 0.7 * widest else INK
                axes.text(column, row, signed(value), ha="center", va="center", fontsize=6 * scale, color=ink)


def _table_one(axes: "Axes", content: Content, scale: float) -> None:
    cells = [(row.group, row.r2_pre, row.r2_ft) for row in content.report.table1]
    dumbbells(axes, [plain_row(CLASS_LABELS.get(name, name), pre, ft) for name, pre, ft in _both(cells)], scale)


def _by_modality(axes: "Axes", content: Content, scale: float) -> None:
    cells = [(row.modality, row.scores.r2_pre, row.scores.r2_ft) for row in content.report.fig2.by_modality]
    of_class = content.report.fig2.feature_class
    rows = [plain_row(f"{name} {CLASS_LABELS.get(of_class, of_class)}", pre, ft) for name, pre, ft in _both(cells)]
    dumbbells(axes, rows, scale)


def _both(cells: Sequence[tuple[str, float | None, float | None]]) -> list[tuple[str, float, float]]:
    """Those with a number in both stages."""
    return [(name, pre, ft) for name, pre, ft in cells if pre is not None and ft is not None]


def _measured(report: Report) -> list[GroupUse]:
    """Groups of which it is known what the head loses without them, most first."""
    use = None if report.trust is None else report.trust.use
    known = [] if use is None else [one for one in use.groups if one.used is not None]
    return sorted(known, key=lambda one: -(one.used or 0.0))


def _use(axes: "Axes", content: Content, scale: float) -> None:
    """What the head loses without each group, beside what it loses without directions drawn at random."""
    groups = _measured(content.report)
    axes.axvline(0, color=QUIET, linewidth=0.6 * scale)
    for one, y in zip(groups, named(axes, [group_name(one.group) for one in groups]), strict=True):
        if one.low is not None and one.high is not None:
            axes.plot([one.low, one.high], [y, y], color=INK, linewidth=1.2 * scale)
        face = INK if one.use == "used" else "white"
        axes.plot([one.used or 0.0], [y], "o", color=INK, markerfacecolor=face, markersize=3.6 * scale)
        if one.control is not None:
            axes.plot([one.control], [y - 0.3], "x", color=QUIET, markersize=2.6 * scale)


def _new(axes: "Axes", content: Content, scale: float) -> None:
    """Shares of what is new: with the label, other radiomics, the rest."""
    found = content.trust.new_content
    assert found is not None  # it is not offered without
    rest = 1.0 if found.rest is None else min(max(found.rest, 0.0), 1.0)
    label = 0.0 if found.label is None else min(max(found.label.value or 0.0, 0.0), 1.0 - rest)
    start = 0.0
    parts = (("goes with the label", label, LABEL_BORNE), ("other radiomics", 1.0 - rest - label, SLATE))
    for words, share, colour in (*parts, ("no name here", rest, BAND)):
        axes.barh(1, 100 * share, left=100 * start, color=colour, height=0.5, label=f"{words} {100 * share:.0f} %")
        start += share
    axes.set_xlim(0, 100)
    axes.set_ylim(0.5, 1.9)
    axes.set_yticks([])
    axes.legend(loc="upper left", ncols=3, frameon=False, fontsize=6 * scale, handlelength=0.8, columnspacing=1)


def _trusted(report: Report) -> bool:
    return report.trust is not None


def _r2_words(report: Report) -> str:
    which = "R\u00b2 above chance" if report.trust is not None else "The paper's held-out R\u00b2"
    return f"{which}, before (hollow) and after (filled)"


def _papers_words(_report: Report) -> str:
    return "The paper's held-out R\u00b2, before (hollow) and after (filled)"


def _scored(report: Report) -> bool:
    return any(row.r2_pre is not None and row.r2_ft is not None for row in report.table1)


def _change_words(report: Report) -> str:
    return "Trust effect" if report.trust is not None else "Change of the paper's held-out R\u00b2"


def _n_groups(content: Content) -> int:
    return int((content.groups["grouping"] == "modality_class").sum())


FILLED = "filled: a change is flagged; diamond: given the label"
PANELS: dict[str, Panel] = {
    "effects": Panel(
        "Effects of the groups", _trusted, _n_groups, _effects,
        lambda _: "Trust effect, with its 95 % interval", FILLED,
    ),
    "r2": Panel("R² of the groups", lambda _: True, _n_groups, _r2, _r2_words, ""),
    "heat-map": Panel("Heat map of change", lambda _: True, lambda one: len(_cells(one)), _heat_map, _change_words, ""),
    "table-1": Panel("Table 1", _scored, lambda one: len(one.report.table1), _table_one, _papers_words, ""),
    "by-modality": Panel(
        "Fig. 2, by modality", lambda one: bool(one.fig2.by_modality), lambda one: len(one.report.fig2.by_modality),
        _by_modality, _papers_words, "",
    ),
    "use": Panel(
        "What the task uses", lambda one: bool(_measured(one)), lambda one: len(_measured(one.report)), _use,
        lambda _: "Share of the head's skill lost when erased", "filled: used; cross: directions drawn at random",
    ),
    "new-content": Panel(
        "What is new in the embedding",
        lambda one: one.trust is not None and one.trust.new_content is not None and bool(one.trust.new_content.axes),
        lambda _: 3, _new, lambda _: "Share of what is new (%)", "",
    ),
}  # fmt: skip
"""Figures by name, in the order in which they are offered."""

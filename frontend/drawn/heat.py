"""Class by modality as a heat map: R² before, after, or the change; the paper's, or the trust block's with flags."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import pandas as pd

from frontend.charts import style
from frontend.charts.flag_marks import marks_read
from frontend.drawn.chart import Picture
from frontend.drawn.heat_cells import CLASSES, Cell, Measure, cells_of, coloured, has_value, written
from frontend.drawn.heat_words import title
from frontend.drawn.scale import Scale
from frontend.text import labels, numbers, trust_words
from frontend.text.trust_words import TrustWords
from shared import schemas as s

NAMES: dict[Measure, str] = {
    "pre": "R² before fine-tuning",
    "ft": "R² after fine-tuning",
    "change": "change of R²",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One analysis of a row of heat maps; `name` is empty where it stands alone.

    `shared` says whether a shared change was computed: without one an effect is the plain change.
    """

    groups: Sequence[s.GroupRow]
    modalities: Sequence[str]
    made_of: str
    name: str = ""
    trusted: bool = False
    words: TrustWords = field(default_factory=lambda: trust_words.PLAIN)
    shared: bool = True

    @property
    def cells(self) -> dict[str, Cell]:
        """The cells of the shown modalities by group."""
        found = cells_of(self.groups, self.trusted)
        return {group: cell for group, cell in found.items() if group.rpartition("_")[0] in self.modalities}


def heat_maps(shown: Sequence[Shown], measure: Measure, dark: bool) -> Picture:
    """Heat maps beside each other on one scale, so that they can be compared; the first one gives the finding."""
    scale = Scale.of([cell for one in shown for cell in one.cells.values()], measure, dark)
    maps = "".join(_one(one, measure, scale) for one in shown)
    first = shown[0]
    alt = " ".join(f"{one.name + ': ' if one.name else ''}{alt_of(one, measure)}" for one in shown)
    data = pd.concat([_frame(one) for one in shown], ignore_index=True)
    html = f'<div class="multiples">{maps}</div>{scale.html(_scale_words(first, measure))}'
    finding = title(first.cells, measure, first.words) if len(shown) == 1 else ""  # several say their own
    return Picture(finding, html, caption(shown, measure), alt, data)


def caption(shown: Sequence[Shown], measure: Measure) -> str:
    """How to read the cells, and what they are made of."""
    first = shown[0]
    kind = first.words.r2 if first.trusted else "held-out R² (paper's decoders)"
    of = "mean"
    if measure == "change":
        of = "the change of the mean"
        if first.trusted:
            beyond = ", the change beyond what all features share," if first.shared else ", the plain change,"
            of = f"the effect{beyond} of the"
    cells = [cell for one in shown for cell in one.cells.values()]
    read = f"{marks_read([cell.flag for cell in cells], first.words)} No mark: not flagged. " if first.trusted else ""
    if measure == "change" and any(has_value(cell, measure) and coloured(cell, measure) is None for cell in cells):
        read += "Below 0: in both stages, so its change says nothing. "
    made = {one.made_of for one in shown}
    made_of = first.made_of if len(made) == 1 else " ".join(f"{one.name}: {one.made_of}" for one in shown)
    return f"Each cell: {of} {kind} of the features of a class (row) in a modality (column). {read}{made_of}"


def alt_of(one: Shown, measure: Measure) -> str:
    """One map in words."""
    sentence = ", ".join(
        f"{labels.group('modality_class', group)} {written(cell, measure, full=True)}"
        + (f" ({one.words.flag(cell.flag)})" if cell.flag else "")
        for group, cell in one.cells.items()
    )
    return f"Heat map of {NAMES[measure]} by class and modality: {sentence}."


def _one(one: Shown, measure: Measure, scale: Scale) -> str:
    cells = one.cells
    others = sorted({group.rpartition("_")[2] for group in cells} - set(CLASSES))  # of other software
    classes = [name for name in (*CLASSES, *others) if any(f"{each}_{name}" in cells for each in one.modalities)]
    heads = "".join(f'<th scope="col">{escape(each)}</th>' for each in one.modalities)
    body = "".join(
        f'<tr><th scope="row">{escape(labels.feature_class(name))}</th>'
        + "".join(
            _cell(cells.get(f"{each}_{name}"), measure, scale, one, first=(row, column) == (0, 0))
            for column, each in enumerate(one.modalities)
        )
        + "</tr>"
        for row, name in enumerate(classes)
    )
    finding = ""
    if one.name:
        finding = f"<h4>{escape(one.name)}</h4><p class=said>{escape(title(cells, measure, one.words))}</p>"
    return (
        f'<section>{finding}<table class="cells" data-across="{len(one.modalities)}"><thead><tr><td></td>{heads}</tr>'
        f"</thead><tbody>{body}</tbody></table></section>"
    )


def _cell(cell: Cell | None, measure: Measure, scale: Scale, one: Shown, first: bool) -> str:
    ground, ink = scale.colours(None if cell is None else coloured(cell, measure))
    look = f' style="background:{ground};color:{ink}"' if ground else ""
    mark = style.FLAG_MARK.get(cell.flag or "", "") if cell is not None and measure == "change" else ""
    text = f"{mark} {written(cell, measure)}".strip()
    return (
        f'<td class="cell{"" if ground else " empty"}"{look} tabindex="{0 if first else -1}" '
        f'data-tip="{escape(_told(cell, one.words))}">{escape(text)}</td>'
    )


def _told(cell: Cell | None, words: TrustWords) -> str:
    if cell is None:
        return "no features"
    change = numbers.effect(cell.change, *cell.interval)
    lines = [
        f"{labels.group('modality_class', cell.group)}, {numbers.counted(cell.n_features, 'feature')}",
        f"before {numbers.r2(cell.pre)}, after {numbers.r2(cell.ft)}",
        f"change {change}" if cell.flag is None else f"{words.flag(cell.flag)}, effect {change}",
    ]
    return "\n".join(lines)


def _scale_words(one: Shown, measure: Measure) -> str:
    if measure != "change":
        return "R²"
    return "effect" if one.trusted else "ΔR²"


def _frame(one: Shown) -> pd.DataFrame:
    frame = pd.DataFrame(
        [(c.group, c.n_features, c.pre, c.ft, c.change, *c.interval, c.flag) for c in one.cells.values()],
        columns=["group", "n_features", "r2_pre", "r2_ft", "change", "ci_low", "ci_high", "flag"],
    )
    if one.name:
        frame.insert(0, "analysis", one.name)
    return frame.dropna(axis=1, how="all")

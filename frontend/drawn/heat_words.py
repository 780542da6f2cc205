"""The finding of a heat map as its title."""

from collections.abc import Mapping

from frontend.charts import style
from frontend.drawn.heat_cells import Cell, Measure, coloured, has_value
from frontend.text import labels, numbers
from frontend.text.trust_words import TrustWords


def title(cells: Mapping[str, Cell], measure: Measure, words: TrustWords) -> str:
    """What changed most or is decoded best, or that nothing is."""
    if not any(has_value(cell, measure) for cell in cells.values()):
        return "No group could be scored"
    found = _extreme(cells, measure)
    if found is None or not any(style.says_something(cell.pre, cell.ft) for cell in cells.values()):
        return "No group can be decoded on held-out patients"
    group = labels.group("modality_class", found[0])
    if measure == "change" and cells[found[0]].flag is not None:
        return _flags_title(cells, words)
    if measure == "change":
        return f"{group} changed most ({numbers.change(found[1])})"
    when = "before" if measure == "pre" else "after"
    if found[1] <= 0:
        return f"No group can be decoded {when} fine-tuning"
    return f"{group} is decoded best {when} fine-tuning (R² {numbers.r2(found[1])})"


def _flags_title(cells: Mapping[str, Cell], words: TrustWords) -> str:
    found = _extreme({group: cell for group, cell in cells.items() if cell.flag in style.FLAG_COLOUR}, "change")
    if found is None and all(cell.flag in (None, "too_few") for cell in cells.values()):
        return "No group is flagged: there are too few patients"
    if found is None:
        return "No group is flagged: none changed beyond chance and the margin"
    group, effect = found
    flag = words.flag(cells[group].flag)
    return f"{labels.group('modality_class', group)} moved most: {flag} ({numbers.change(effect)})"


def _extreme(cells: Mapping[str, Cell], measure: Measure) -> tuple[str, float] | None:
    known = [(group, value) for group, cell in cells.items() if (value := coloured(cell, measure)) is not None]
    if not known:
        return None
    return max(known, key=lambda item: abs(item[1]) if measure == "change" else item[1])

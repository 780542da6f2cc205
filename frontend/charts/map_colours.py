"""What the studies on a map can be coloured by: columns of the cohort, neighbours kept, the split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from plotly.colors import sample_colorscale

from frontend.charts import style
from frontend.text import numbers
from frontend.text.map_words import column_words
from shared import schemas as s

Kind = tuple[str, str, str]
"""Name, colour and symbol of the studies drawn alike."""
CATEGORIES = (*style.CATEGORIES, style.UNCHANGED)
SYMBOLS = (*style.SYMBOLS, "hexagon", "pentagon", "star-square")
UNKNOWN_SYMBOL = "x-thin-open"
KEPT = ("1 – lost most neighbours", "2 – lost some", "3 – kept most")


@dataclass(frozen=True)
class Colouring:
    """A kind for each study in the order of the map, or a number for each; studies without one are unknown."""

    label: str
    kinds: tuple[Kind | None, ...] = ()
    values: tuple[float | None, ...] = ()

    order: tuple[str, ...] = ()
    """Names of the kinds as the legend lists them."""

    def of(self, places: Sequence[int]) -> "Colouring":
        """The colouring of some studies, by their places."""
        kinds = tuple(self.kinds[at] for at in places) if self.kinds else ()
        values = tuple(self.values[at] for at in places) if self.values else ()
        return replace(self, kinds=kinds, values=values)

    @property
    def missing(self) -> int:
        """How many studies are unknown."""
        return sum(one is None for one in self.kinds or self.values)


def colourings(found: s.EmbeddingMap, protocol: s.Protocol) -> dict[str, Colouring]:
    """By their words, targets first: only what is known and differs."""
    offered = [_of_column(column, protocol) for column in found.columns if column.of != "clinical"]
    offered.append(_kept(found))
    offered += [_of_column(column, protocol) for column in found.columns if column.of == "clinical"]
    splits = [study.split or None for study in found.studies]
    if len(set(splits) - {None}) > 1:
        offered.append(_of_levels("Split", sorted({split for split in splits if split}), splits, graded=False))
    by_label: dict[str, Colouring] = {}
    for one in offered:
        by_label.setdefault(one.label, one)
    return by_label


def _of_column(column: s.MapColumn, protocol: s.Protocol) -> Colouring:
    label = column_words(column, protocol)
    if column.kind == "number":
        return Colouring(label, values=tuple(None if isinstance(each, str) else each for each in column.values))
    texts = [None if each is None else str(each) for each in column.values]
    return _of_levels(label, column.levels, texts, graded=column.kind == "grade")


def _of_levels(label: str, levels: list[str], values: list[str | None], graded: bool) -> Colouring:
    colours = _steps(len(levels)) if graded else CATEGORIES
    kinds: Mapping[str, Kind] = {
        level: (f"{label} {level}" if graded else level, colours[place % len(colours)], SYMBOLS[place % len(SYMBOLS)])
        for place, level in enumerate(levels)
    }
    order = tuple(name for name, _, _ in kinds.values())
    return Colouring(label, kinds=tuple(None if value is None else kinds.get(value) for value in values), order=order)


def _steps(n: int) -> tuple[str, ...]:
    """Steps of viridis for values with an order, without both ends: one is lost on white, the other on black."""
    places = [0.15 + 0.7 * place / max(1, n - 1) for place in range(n)]
    return tuple(sample_colorscale("Viridis", places))


def scale() -> list[tuple[float, str]]:
    """The same scale without its ends, for numbers."""
    return [(place / 10, colour) for place, colour in enumerate(_steps(11))]


def unknown(colouring: Colouring) -> Kind:
    """How studies without a value are drawn, and how many they are."""
    return (f"unknown ({numbers.count(colouring.missing)})", style.UNCHANGED, UNKNOWN_SYMBOL)


def _kept(found: s.EmbeddingMap) -> Colouring:
    shares = [study.kept / found.neighbours for study in found.studies]
    colours = _steps(len(KEPT))
    places = [0 if share < 1 / 3 else 1 if share < 2 / 3 else 2 for share in shares]
    return Colouring("Neighbours kept", kinds=tuple((KEPT[k], colours[k], SYMBOLS[k]) for k in places))

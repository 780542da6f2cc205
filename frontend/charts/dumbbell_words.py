"""A dumbbell chart in words: the finding as its title, and what it shows for those who cannot see it."""

from collections.abc import Callable, Sequence

from frontend.charts import style
from frontend.charts.pair import Pair
from frontend.text import numbers
from frontend.text.trust_words import TrustWords

Level = Callable[[float], str]


def groups_title(pairs: Sequence[Pair], floor: float | None, words: TrustWords) -> str:
    """The finding: what changed most of what can be decoded, or what is flagged."""
    if not pairs:
        return "No group could be scored"
    if max(max(pair.pre, pair.ft) for pair in pairs) <= (floor or 0.0):
        return "No group can be decoded on held-out patients, before or after"
    if floor is not None:
        return _flags_title(pairs, words)
    most = max((pair for pair in pairs if pair.says_something), key=lambda pair: abs(pair.change))
    if abs(most.change) <= style.MARGIN:
        return f"No group that can be decoded changed by more than {style.MARGIN}"
    way = "better" if most.change > 0 else "worse"
    return f"{most.label} changed most: decoded {way} after fine-tuning ({numbers.change(most.change)})"


def _flags_title(pairs: Sequence[Pair], words: TrustWords) -> str:
    flagged = [pair for pair in pairs if pair.flag in style.FLAG_COLOUR]
    if all(pair.flag == "too_few" for pair in pairs):
        return "No group is flagged: there are too few patients"
    if not flagged:
        return "No group is flagged: none changed beyond chance and the margin"
    first, *rest = counts([pair.flag for pair in flagged], words)
    most = max(flagged, key=lambda pair: abs(pair.change))
    number, _, word = first.partition(" ")
    told = ", ".join([f"{number} of {numbers.counted(len(pairs), 'group')} {word}", *rest])
    return f"{told}; {most.label} most ({numbers.effect(most.effect, most.low, most.high)})"


def counts(flags: Sequence[str | None], words: TrustWords) -> list[str]:
    """`1 stronger`, `0 weaker`, `2 label-borne`: how many carry each flag that says a feature changed."""
    return [
        f"{flags.count(name)} {words.flag(name)}"
        for name in style.FLAG_COLOUR
        if name in flags or name in ("stronger", "weaker")
    ]


def alt(pairs: Sequence[Pair], what: str, level: Level, words: TrustWords) -> str:
    """The picture in words: its first and last rows, and how many went which way."""
    if not pairs:
        return f"{what} before and after fine-tuning: nothing to show."
    ends = pairs if len(pairs) <= 4 else [pairs[0], pairs[1], pairs[-2], pairs[-1]]
    text = "; ".join(_told(pair, level, words) for pair in ends)
    if pairs[0].flag is not None:
        flagged = [pair.flag for pair in pairs if pair.flag in style.FLAG_COLOUR]
        counted = ", ".join([*counts(flagged, words), f"{len(pairs) - len(flagged)} not flagged"])
    else:
        up = sum(pair.change > 0 for pair in pairs)
        counted = f"{up} up and {len(pairs) - up} not"
    return f"{what} before and after fine-tuning of {len(pairs)} rows, {counted}. {text}."


def _told(pair: Pair, level: Level, words: TrustWords) -> str:
    text = f"{pair.label} {level(pair.pre)} to {level(pair.ft)}"
    if pair.flag is None:
        return text
    given = "" if pair.given is None else f", given the label {numbers.change(pair.given)}"
    return f"{text}, {words.flag(pair.flag)}, effect {numbers.effect(pair.effect, pair.low, pair.high)}{given}"

"""The chart of a shared page: how clearly kinds of features are read from the model, before and after training."""

from backend.queries.shared_page import lay_words
from backend.queries.shared_page.findings import Findings, Line
from backend.queries.shared_page.reading import Reading, reading
from backend.science.text_format import counted, words_only
from shared import schemas as s

MOST_BARS = 6
ORDER: tuple[tuple[Reading, int], ...] = (
    ("up", 3), ("down", 2), ("label_borne", 3), ("likely_up", 2), ("likely_down", 1), ("relative", 1),
    ("same", MOST_BARS), ("unknown", MOST_BARS),
)  # fmt: skip
"""Readings in the order in which they are drawn, and how many of each at most."""
TONES: dict[Reading, s.BarTone] = {
    "up": "stronger",
    "likely_up": "stronger",
    "down": "weaker",
    "likely_down": "weaker",
    "label_borne": "label_borne",
    "relative": "unchanged",
    "same": "unchanged",
    "unknown": "unknown",
}
FULL = (0.25, 0.5, 1.0)
"""What a whole bar may stand for: the smallest that holds every bar of a chart."""


def bars(found: Findings) -> s.SharedBars | None:
    """Groups that can be read in either stage: what changed first, then the clearest; None where there is none."""
    drawn = chosen(found)
    if not drawn:
        return None
    largest = max(_share(value) for line in drawn for value in (line.before, line.after))
    readable = [line for line in found.groups if line.flag != "not_decodable"]
    return s.SharedBars(
        heading=f"How clearly can {lay_words.about(line.feature_class for line in drawn)} be read from the model?",
        full=next(end for end in FULL if largest <= end),
        bars=[_bar(found, line) for line in drawn],
        left_out=_left_out(len(readable) - len(drawn), len(found.groups) - len(readable)),
    )


def chosen(found: Findings) -> list[Line]:
    """The groups of the chart, at most six."""
    readable = [line for line in found.groups if line.flag != "not_decodable"]
    told = {line.key: reading(line, found.most_moved) for line in readable}
    drawn: list[Line] = []
    for wanted, most in ORDER:
        alike = [line for line in readable if told[line.key] == wanted]
        size = _clearness if wanted in ("same", "unknown") else _effect
        drawn += sorted(alike, key=lambda line: (-size(line), line.key))[: min(most, MOST_BARS - len(drawn))]
    return drawn


def change_words(found: Findings, line: Line) -> str:
    """What happened to a group in a word or two."""
    told = reading(line, found.most_moved)
    if told == "relative":
        return "lost less than others" if (line.effect or 0.0) > 0 else "gained less than others"
    if told == "same" and found.shared_change is not None:
        return "like the others"
    return {
        "up": "clearer",
        "down": "less clearly",
        "label_borne": f"clearer, by {found.label}" if found.label else "clearer, by the label",
        "likely_up": "probably clearer",
        "likely_down": "probably less clearly",
        "same": "as before",
        "unknown": "cannot be judged",
    }[told]


def _bar(found: Findings, line: Line) -> s.SharedBar:
    measures = lay_words.measures(line.feature_class)
    features = counted(line.n_features, "feature")
    modality = words_only(line.modality)
    return s.SharedBar(
        name=lay_words.capital(f"{lay_words.kind(line.feature_class)}, {modality}"),
        term=f"{lay_words.term(line.feature_class)} on {modality}, {features}{': ' if measures else ''}{measures}.",
        before=_share(line.before),
        after=_share(line.after),
        tone=TONES[reading(line, found.most_moved)],
        change=change_words(found, line),
    )


def _left_out(more: int, unread: int) -> str:
    parts = [f"{more} more kind{'s' if more > 1 else ''} of features" if more else ""]
    parts += [f"{unread} that cannot be read from the model at all" if unread else ""]
    told = lay_words.listed([part for part in parts if part])
    return f"Not drawn: {told}." if told else ""


def _share(value: float | None) -> float:
    """R2 as a share of full clarity; below 0 nothing is read."""
    return min(1.0, max(0.0, value or 0.0))


def _clearness(line: Line) -> float:
    return _share(line.after)


def _effect(line: Line) -> float:
    return abs(line.effect or 0.0)

"""An effect chart in words: how to read its marks, and what it shows for those who cannot see it."""

from collections.abc import Sequence

from frontend.charts import style
from frontend.charts.dumbbell_words import counts
from frontend.charts.effect_rows import EffectRow
from frontend.text import numbers
from frontend.text.trust_words import TrustWords


def caption(rows: Sequence[EffectRow]) -> str:
    """How to read it: only the marks that are drawn are explained."""
    text = [
        f"The mark is the effect, the line its 95 % interval; grey band: the margin of {style.MARGIN}. Zero: changed "
        "as all features did."
    ]
    if any(row.given for row in rows):
        text.append(
            "Hollow diamond: the effect given the label. What lies between diamond and mark goes with the label."
        )
    if any(row.by_run for row in rows):
        text.append("Thin ticks: each run alone; the mark is their mean.")
    if any(row.runs for row in rows):
        text.append("“2/3”: 2 of 3 runs agree, whose own effect has this sign, beyond the margin.")
    if any(row.control for row in rows):
        text.append(
            "Grey bar below a row: its group in control runs trained on shuffled labels. A change inside it is no "
            "news of the task."
        )
    return " ".join(text)


def alt(rows: Sequence[EffectRow], words: TrustWords) -> str:
    """The picture in words: counts, then its first and last rows."""
    if not rows:
        return "Effects with intervals: nothing to show."
    ends = rows if len(rows) <= 4 else [*rows[:2], *rows[-2:]]
    flagged = [row.flag for row in rows if row.flag in style.FLAG_COLOUR]
    told = ", ".join([*counts(flagged, words), f"{len(rows) - len(flagged)} not flagged"])
    return f"Effects of {len(rows)} rows with 95 % intervals, {told}. {'; '.join(_told(row, words) for row in ends)}."


def _told(row: EffectRow, words: TrustWords) -> str:
    text = [f"{row.label} {words.flag(row.flag)}, effect {numbers.effect(*row.effect)}"]
    if row.given is not None:
        text.append(f"given the label {numbers.effect(*row.given)}")
    if row.runs is not None:
        text.append(f"in {row.runs[0]} of {row.runs[1]} runs")
    if row.control is not None:
        text.append(f"controls {numbers.effect(*row.control)}")
    return ", ".join(text)

"""Effects with intervals in words, for those who cannot see the picture."""

from collections.abc import Sequence

from frontend.charts import style
from frontend.charts.dumbbell_words import counts
from frontend.charts.effect_rows import EffectRow
from frontend.text import numbers
from frontend.text.trust_words import TrustWords


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

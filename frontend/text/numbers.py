"""Numbers as people read them: no more digits than they deserve, real minus signs, thin spaces, units."""

import math
from datetime import datetime

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
NONE = "–"


def r2(value: float | None) -> str:
    """R² or another quantity of about 1, with two digits: `0.41`, `−0.08`; a dash where there is none."""
    if _missing(value):
        return NONE
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", MINUS)


def change(value: float | None) -> str:
    """A signed difference with two digits: `+0.08`, `−0.11`, `0.00`."""
    if _missing(value):
        return NONE
    text = f"{value:+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text.replace("-", MINUS)


def fine_change(value: float | None) -> str:
    """A signed difference with three digits, for what two would not show: `+0.083`."""
    if _missing(value):
        return NONE
    text = f"{value:+.3f}"
    return "0.000" if text[1:] == "0.000" else text.replace("-", MINUS)


def effect(value: float | None, low: float | None, high: float | None) -> str:
    """A change with its 95 % interval: `+0.08 [0.05, 0.11]`; the change alone where there is no interval."""
    return change(value) if _missing(low) or _missing(high) else f"{change(value)} {interval(low, high)}"


def interval(low: float | None, high: float | None) -> str:
    """`[0.05, 0.11]`; a dash where there is none."""
    return NONE if _missing(low) or _missing(high) else f"[{r2(low)}, {r2(high)}]"


def q(value: float | None) -> str:
    """A p or q value: two digits, or `< 0.001`."""
    if value is None or not math.isfinite(value):
        return NONE
    return "< 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.01 else f"{value:.2f}"


def percent(value: float | None) -> str:
    """A signed share as whole percent: `−12 %`."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{round(100 * value):+d} %".replace("-", MINUS).replace("+0 %", "0 %")


def importance(value: float | None) -> str:
    """A weight norm, whose scale is arbitrary: three significant digits: `0.730`, `12.4`, `1 250`."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{value:,.{_decimals(value)}f}".replace(",", THIN).replace("-", MINUS)


def importance_change(pre: float | None, ft: float | None) -> str:
    """A signed difference of two weight norms, to the digits of the larger one: `+0.220`, `0.000`."""
    if pre is None or ft is None or not math.isfinite(ft - pre):
        return NONE
    text = f"{ft - pre:+.{_decimals(max(abs(pre), abs(ft)))}f}"
    return text[1:] if float(text) == 0 else text.replace("-", MINUS)


def count(value: int) -> str:
    """A count with thin spaces between thousands: `1 790`."""
    return f"{value:,}".replace(",", THIN).replace("-", MINUS)


def counted(value: int, noun: str, plural: str | None = None) -> str:
    """A count and its noun: `1 study`, `46 studies`."""
    return f"{count(value)} {noun if value == 1 else plural or noun + 's'}"


def duration(seconds: float | None) -> str:
    """A time as people say it: `under a minute`, `3 min`, `2 h 10 min`; a dash where unknown."""
    if _missing(seconds):
        return NONE
    minutes = round((seconds or 0.0) / 60)
    if minutes < 1:
        return "under a minute"
    hours, minutes = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def day(value: datetime) -> str:
    """A moment in UTC to the minute: `24 Nov 2026, 09:15`."""
    return f"{value.day} {value:%b %Y, %H:%M}"


def short_hash(sha256: str) -> str:
    """The first four digits of a hash: enough to tell weights apart in a sentence."""
    return sha256[:4]


def _decimals(value: float) -> int:
    return 2 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))


def _missing(value: float | None) -> bool:
    return value is None or not math.isfinite(value)

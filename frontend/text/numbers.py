"""Numbers as people read them: no more digits than they deserve, real minus signs, thin spaces, units."""

import math
from datetime import UTC, datetime

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
NONE = "–"
MOST_DECIMALS = 6
"""Of an importance; a smaller one is nothing."""


def r2(value: float | None) -> str:
    """R² or another quantity of about 1, with two digits: `0.41`, `−0.08`; a dash where there is none."""
    if _missing(value):
        return NONE
    return _typeset(f"{value:z,.2f}")


def change(value: float | None) -> str:
    """A signed difference with two digits: `+0.08`, `−0.11`, `0.00`."""
    if _missing(value):
        return NONE
    return _signed(value or 0.0, 2)


def fine_change(value: float | None) -> str:
    """A signed difference with three digits, for what two would not show: `+0.083`."""
    if _missing(value):
        return NONE
    return _signed(value or 0.0, 3)


def drawn_zero(value: float) -> float:
    """The value for a table of two digits: what would be written `-0.00` is 0."""
    return 0.0 if abs(value) < 0.005 else value


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
    return f"{_signed(100 * value, 0)} %"


def importance(value: float | None) -> str:
    """A weight norm, whose scale is arbitrary: three significant digits: `0.730`, `12.4`, `1 250`."""
    if value is None or not math.isfinite(value):
        return NONE
    return _typeset(f"{value:z,.{_decimals(value)}f}")


def importance_change(pre: float | None, ft: float | None) -> str:
    """A signed difference of two weight norms, to the digits of the larger one: `+0.220`, `0.000`."""
    if pre is None or ft is None or not math.isfinite(ft - pre):
        return NONE
    return _signed(ft - pre, _decimals(max(abs(pre), abs(ft))))


def count(value: int) -> str:
    """A count with thin spaces between thousands: `1 790`."""
    return _typeset(f"{value:,}")


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
    """A moment to the minute, with its zone: `24 Nov 2026, 09:15 UTC`."""
    value = _in_utc(value)
    return f"{value.day} {value:%b %Y, %H:%M} UTC"


def clock(value: datetime) -> str:
    """A time of the day to the second, with its zone: `09:15:02 UTC`."""
    return f"{_in_utc(value):%H:%M:%S} UTC"


def short_hash(sha256: str) -> str:
    """The first four digits of a hash: enough to tell weights apart in a sentence."""
    return sha256[:4]


def _decimals(value: float) -> int:
    return 2 if value == 0 else min(MOST_DECIMALS, max(0, 2 - math.floor(math.log10(abs(value)))))


def _signed(value: float, decimals: int) -> str:
    """With a sign, but zero has none."""
    text = f"{value:+z,.{decimals}f}"
    return _typeset(text.removeprefix("+") if not text.strip("+-0.") else text)


def _typeset(text: str) -> str:
    return text.replace(",", THIN).replace("-", MINUS)


def _in_utc(value: datetime) -> datetime:
    return value if value.tzinfo is None else value.astimezone(UTC)


def _missing(value: float | None) -> bool:
    return value is None or not math.isfinite(value)

"""Failed attempts are limited by address and forgotten after a minute."""

import pytest

from backend.errors import TooMany
from backend.web.rate_limit import MAX_ADDRESSES, WINDOW_SECONDS, FailureLimiter


def test_failures_are_counted_by_address_and_forgotten_after_a_minute() -> None:
    time = [0.0]
    limiter = FailureLimiter(3, clock=lambda: time[0])
    for _ in range(3):
        limiter.check("a")
        limiter.add("a")
    with pytest.raises(TooMany, match="wait a minute"):
        limiter.check("a")
    limiter.check("b")
    time[0] = WINDOW_SECONDS
    limiter.check("a")


def test_the_oldest_addresses_are_forgotten_when_there_are_too_many() -> None:
    limiter = FailureLimiter(1, clock=lambda: 0.0)
    for number in range(MAX_ADDRESSES + 1):
        limiter.add(str(number))
    limiter.check("0")
    with pytest.raises(TooMany):
        limiter.check(str(MAX_ADDRESSES))

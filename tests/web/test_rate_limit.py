"""Failed attempts are limited by token and address, and forgotten after a minute."""

import pytest

from backend.errors import NotFound, TooMany
from backend.web.rate_limit import MAX_KEYS, WINDOW_SECONDS, FailureLimiter


def fail(limiter: FailureLimiter, token: str, address: str) -> type[BaseException]:
    """What a failing attempt ends with."""
    with pytest.raises((NotFound, TooMany)) as caught, limiter.attempt(token, address):
        raise NotFound("nothing here")
    return caught.type


def test_failures_are_counted_by_token_and_address_and_forgotten_after_a_minute() -> None:
    time = [0.0]
    limiter = FailureLimiter(3, clock=lambda: time[0])
    assert [fail(limiter, "one", "a") for _ in range(4)] == [NotFound] * 3 + [TooMany]
    assert fail(limiter, "two", "a") is TooMany, "the address failed too often"
    assert fail(limiter, "one", "b") is NotFound
    with pytest.raises(TooMany, match="wait a minute"), limiter.attempt("one", "a"):
        pytest.fail("no attempt with a token that failed too often")
    time[0] = WINDOW_SECONDS
    assert fail(limiter, "one", "a") is NotFound


def test_a_good_token_works_whatever_others_at_the_address_tried() -> None:
    limiter = FailureLimiter(3, clock=lambda: 0.0)
    for number in range(10):
        fail(limiter, str(number), "a")
    with limiter.attempt("good", "a"):
        pass


def test_the_oldest_keys_are_forgotten_and_attempts_that_work_leave_nothing() -> None:
    limiter = FailureLimiter(1, clock=lambda: 0.0)
    for number in range(MAX_KEYS):
        fail(limiter, "t", str(number))
        with limiter.attempt("good", f"works {number}"):
            pass
    assert len(limiter._times) == MAX_KEYS
    assert fail(limiter, "t", "0") is NotFound

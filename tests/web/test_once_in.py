"""A key passes once in its time, and the memory of it is bounded."""

from backend.web.once_in import HOUR_SECONDS, MAX_KEYS, OnceIn


def test_a_key_passes_once_an_hour_and_again_after_it() -> None:
    time = [0.0]
    once = OnceIn(clock=lambda: time[0])
    assert [once.passes(key) for key in ("a", "a", "b")] == [True, False, True]
    time[0] = HOUR_SECONDS - 1
    assert not once.passes("a")
    time[0] = HOUR_SECONDS
    assert [once.passes("a"), once.passes("a")] == [True, False]
    once.forget("a")
    assert once.passes("a")


def test_many_keys_do_not_fill_the_memory() -> None:
    once = OnceIn(clock=lambda: 0.0)
    assert all(once.passes(str(number)) for number in range(MAX_KEYS + 5))
    assert len(once._passed) == MAX_KEYS

import threading
from itertools import count

import pytest

from frontend.api.kept_values import KeptValues, clear_every
from frontend.api.newest import Newest


def test_a_value_is_made_once_while_it_is_young() -> None:
    now, made = [0.0], count(1)
    kept: KeptValues[int] = KeptValues(ttl=10, max_entries=5, clock=lambda: now[0])
    seen = []
    for moment in (0.0, 9.9, 10.0, 19.9, 20.0):
        now[0] = moment
        seen.append(kept.get("key", lambda: next(made)))
    assert seen == [1, 1, 2, 2, 3]


def test_no_page_changes_what_another_one_reads() -> None:
    kept: KeptValues[list[int]] = KeptValues(ttl=10, max_entries=5)
    for _ in range(3):
        found = kept.get("key", lambda: [1, 2, 3])
        assert found == [1, 2, 3]
        found.append(4)


def test_the_oldest_leaves() -> None:
    made = count(1)
    kept: KeptValues[int] = KeptValues(ttl=10, max_entries=2)
    assert [kept.get(key, lambda: next(made)) for key in ("a", "b", "c", "b", "a")] == [1, 2, 3, 2, 4]


def test_a_failure_is_not_kept() -> None:
    kept: KeptValues[int] = KeptValues(ttl=10, max_entries=2)
    with pytest.raises(ZeroDivisionError):
        kept.get("key", lambda: 1 // 0)
    assert kept.get("key", lambda: 7) == 7


def test_who_asks_at_the_same_moment_waits_for_the_first() -> None:
    kept: KeptValues[int] = KeptValues(ttl=10, max_entries=2)
    begun, go_on = threading.Event(), threading.Event()
    made: list[int] = []

    def make() -> int:
        begun.set()
        assert go_on.wait(20)
        made.append(1)
        return len(made)

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(kept.get("key", make))) for _ in range(20)]
    threads[0].start()
    assert begun.wait(20)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert found == [1] * 20


def test_every_store_is_emptied_together() -> None:
    stores: list[KeptValues[int]] = [KeptValues(ttl=10, max_entries=2) for _ in range(2)]
    for n, store in enumerate(stores):
        assert store.get("key", lambda n=n: n) == n  # type: ignore[misc] # bound now
    clear_every()
    assert [store.get("key", lambda: 9) for store in stores] == [9, 9]


def test_the_newest_things_are_kept() -> None:
    kept: Newest[str] = Newest(2)
    made = count(1)
    assert [kept.of(key, lambda: f"{next(made)}") for key in ("a", "b", "a", "c", "a", "b")] == list("121314")
    kept.drop("a")
    assert kept.of("a", lambda: "new") == "new"

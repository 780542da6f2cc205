import threading
from collections.abc import Iterator

import numpy as np
import pytest

from backend.science.compute.prefetch import in_order, prefetched, read_ahead


@pytest.mark.parametrize("ahead", [0, 1, 5])
def test_items_come_in_order_and_all_of_them(ahead: int) -> None:
    assert list(prefetched(iter(range(50)), ahead)) == list(range(50))


def test_the_next_item_is_made_while_one_is_worked_on() -> None:
    made = [threading.Event() for _ in range(3)]

    def source() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    items = prefetched(source(), 1)
    assert next(items) == 0
    assert made[1].wait(5)  # nobody asked for it yet
    assert list(items) == [1, 2]


def test_what_the_source_raises_comes_after_the_items_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise OSError("torn")

    items = prefetched(source(), 2)
    assert next(items) == 1
    with pytest.raises(OSError, match="torn"):
        next(items)


def test_leaving_early_ends_the_thread() -> None:
    before = threading.active_count()
    items = prefetched(iter(range(1000)), 2)
    next(items)
    items.close()  # type: ignore[attr-defined] # a generator
    assert threading.active_count() == before


def test_made_in_threads_they_come_in_order_and_no_more_are_made_than_threads_ahead() -> None:
    started, together = [], threading.Barrier(3)

    def make(item: int) -> int:
        started.append(item)
        if item < 3:
            together.wait(5)  # all three are being made at once
        return -item

    items = in_order(make, iter(range(50)), 3)
    assert next(items) == 0
    assert len(started) <= 1 + 3 + 1
    assert list(items) == [-item for item in range(1, 50)]


def test_what_one_of_them_raises_comes_in_its_turn_and_what_waits_is_not_begun() -> None:
    started = []

    def make(item: int) -> int:
        started.append(item)
        if item == 1:
            raise OSError("torn")
        return item

    items = in_order(make, range(100), 2)
    assert next(items) == 0
    with pytest.raises(OSError, match="torn"):
        next(items)
    assert len(started) < 6


def test_a_batch_is_read_side_by_side_and_the_next_one_ahead() -> None:
    inputs = [np.full((1, 1, 1, 1), row, dtype=np.float32) for row in range(7)]
    parts = [np.array([3, 1]), np.array([6]), np.array([0, 2, 5])]
    assert [[int(case.item()) for case in cases] for cases in read_ahead(inputs, parts)] == [[3, 1], [6], [0, 2, 5]]
    assert list(read_ahead(inputs, [])) == []

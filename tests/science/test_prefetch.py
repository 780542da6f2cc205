import threading
from collections.abc import Iterator

import pytest

from backend.science.prefetch import prefetched


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

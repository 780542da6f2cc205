"""Prefetching: threads make the next items of a source while the caller works on the present one."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

S = TypeVar("S")
T = TypeVar("T")
READERS = min(8, len(os.sched_getaffinity(0)))
"""Threads that read cases for an encoder: a GPU takes them faster than one thread unpacks them."""
_LOOK_AGAIN = 0.1  # s; how soon the thread notices that nobody reads any more


class _End:
    """End of the queue; `error` is what stopped the source, if anything did."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def prefetched(source: Iterable[T], ahead: int) -> Generator[T, None, None]:
    """Yield the items of `source` in order, made by a thread; at most `ahead` of them wait (0: no thread).

    What the source raises is raised here, after the items before it. Leaving early ends the thread.
    """
    if ahead == 0:
        yield from source
        return
    waiting: Queue[T | _End] = Queue(maxsize=ahead)
    left = Event()
    thread = Thread(target=_fill, args=(source, waiting, left.is_set), daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        left.set()
        _drain(waiting)
        thread.join()


def read_ahead(
    inputs: Sequence[NDArray[np.float32]], parts: Sequence[NDArray[np.int64]]
) -> Generator[list[NDArray[np.float32]], None, None]:
    """Yield the cases of each part in turn; the next part is read, in parallel, while the present one is computed."""
    readers = max(1, min(READERS, max(map(len, parts), default=1)))
    cases = in_order(inputs.__getitem__, (row for part in parts for row in part), readers)
    return prefetched(([next(cases) for _ in part] for part in parts), ahead=1)


def in_order(make: Callable[[S], T], items: Iterable[S], threads: int) -> Generator[T, None, None]:
    """Yield `make(item)` of every item in order; `threads` items are made at once.

    What `make` raises is raised here in its turn and ends the iteration; items not begun by then are dropped.
    """
    pool = ThreadPoolExecutor(threads)
    ahead: deque[Future[T]] = deque()
    try:
        for item in items:
            ahead.append(pool.submit(make, item))
            if len(ahead) > threads:  # a study takes tens of MB: no more than these
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _fill(source: Iterable[T], waiting: "Queue[T | _End]", left: Callable[[], bool]) -> None:
    end = _End()
    try:
        for item in source:
            if not _put(waiting, item, left):
                return
    except BaseException as error:  # handed to the reader, whose concern it is
        end = _End(error)
    _put(waiting, end, left)


def _put(waiting: "Queue[T | _End]", item: "T | _End", left: Callable[[], bool]) -> bool:
    while not left():
        try:
            waiting.put(item, timeout=_LOOK_AGAIN)
        except Full:
            continue
        return True
    return False


def _drain(waiting: "Queue[T | _End]") -> None:
    try:
        while True:
            waiting.get_nowait()
    except Empty:
        return

"""Independent steps of one computation, some at a time."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

Result = TypeVar("Result")


class ConcurrentSteps(AbstractContextManager["ConcurrentSteps"]):
    """Starts steps in threads; with one thread each is done when it is started, in the caller's thread.

    No result depends on the number of threads. Where a step raises, steps that have not begun are dropped.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def start(self, step: Callable[[], Result]) -> "Future[Result]":
        """Begin a step; its `result()` waits for it and raises what it raised."""
        if self._pool is not None:
            return self._pool.submit(step)
        done: Future[Result] = Future()
        done.set_result(step())
        return done

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

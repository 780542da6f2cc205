"""Executors of the cases of a job (`concurrent.futures.Executor`); `dask_executor.py` has the ones with dask.

A `ProcessPoolExecutor` loses every future when one child dies. Here a child belongs to one thread: a case that kills
it, fills its memory or overruns its time ends its own future with a sentence, and a new child takes the next case.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from backend.errors import BadSettings, RadiomicLensError, Unavailable
from backend.jobs.compute.subprocess_pool import ChildRunner, Limits

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")
SECONDS_UNTIL_IDLE = 5.0


class ClusterLost(RadiomicLensError):
    """A cluster cannot be reached, or went away while cases were running: the same job may go on later."""


class InlineExecutor(Executor):
    """Computes at once, in the caller: for tests and debuggers."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class LocalExecutor(Executor):
    """Child processes on this machine, each limited in memory and in seconds a case.

    Args:
        workers: children at once.
        limits: of one case.
    """

    def __init__(self, workers: int, limits: Limits) -> None:
        self._limits = limits
        self._calls: SimpleQueue[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        assert not kwargs, "a call through the pipe has positional arguments only"
        future: Future[T] = Future()
        self._calls.put((future, fn, args))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        while cancel_futures and not self._calls.empty():
            call = self._calls.get()
            if call is not None:
                call[0].cancel()
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.shutdown(wait=True, cancel_futures=kind is not None)

    def _serve(self) -> None:
        """One thread and its child, until None is called."""
        runner = ChildRunner(self._limits)
        while (call := self._calls.get()) is not None:
            future, fn, args = call
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(runner.compute(fn, *args))
            except Exception as error:
                future.set_exception(error)
        runner.close()


@dataclass(frozen=True)
class CaseExecutor:
    """Where cases are computed: `width()` is how many at once, which a cluster may change at any moment.

    `idle` is called now and then while nothing finishes, to log the reason where it is known.
    """

    executor: Executor
    width: Callable[[], int]
    idle: Callable[[], None] = lambda: None

    def sliding(
        self, items: Iterable[Item], call: Callable[[Item], tuple[Callable[..., T], tuple[Any, ...]]]
    ) -> Iterator[tuple[Item, Future[T]]]:
        """Items with their finished futures, in the order they finish; at most twice the width are submitted ahead.

        `call(item)` gives the function and its arguments just before they are needed, so a cohort of volumes is never
        held; a finished future is dropped once the caller releases it, so a cluster never computes it again.
        """
        running: dict[Future[T], Item] = {}
        for item in items:
            running[self._submitted(item, call)] = item
            while len(running) >= 2 * max(1, self.width()):
                yield from self._finished(running)
        while running:
            yield from self._finished(running)

    def _submitted(self, item: Item, call: Callable[[Item], tuple[Callable[..., T], tuple[Any, ...]]]) -> Future[T]:
        """The item's future; one that has failed already where its call cannot be made (a damaged file).

        A store of files that cannot be used is no fault of a case: it ends the attempt.
        """
        try:
            fn, args = call(item)
        except (Unavailable, BadSettings):
            raise
        except RadiomicLensError as error:
            failed: Future[T] = Future()
            failed.set_exception(error)
            return failed
        return self.executor.submit(fn, *args)

    def _finished(self, running: dict[Future[T], Item]) -> Iterator[tuple[Item, Future[T]]]:
        while not (done := wait(running, SECONDS_UNTIL_IDLE, FIRST_COMPLETED).done):
            self.idle()
        for future in done:
            yield running.pop(future), future

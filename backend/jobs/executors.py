"""Where the cases of a job are computed, behind `concurrent.futures.Executor`: in the job itself or in child processes.

A `ProcessPoolExecutor` loses every future when one child dies. Here a child belongs to one thread: a case that kills
it, fills its memory or overruns its time ends its own future with a sentence, and a new child takes the next case.
"""

import os
import resource
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import suppress
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from backend.errors import RadiomicLensError

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")
_Call = tuple[Future[Any], Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class ChildDied(RadiomicLensError):
    """The process that computed a case was killed by it."""


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
        memory_mb: limit of a child's private memory, MiB; beyond it allocations fail inside the child.
        seconds: wall-clock limit of one case.
    """

    def __init__(self, workers: int, memory_mb: int, seconds: float) -> None:
        self._memory_mb, self._seconds = memory_mb, seconds
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        self._calls.put((future, fn, args, kwargs))
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
        child: _Child | None = None
        while (call := self._calls.get()) is not None:
            future, fn, args, kwargs = call
            if not future.set_running_or_notify_cancel():
                continue
            child = child or _Child(self._memory_mb)
            try:
                future.set_result(child.compute(fn, args, kwargs, self._seconds))
            except Exception as error:
                if isinstance(error, ChildDied):
                    child = None
                future.set_exception(error)
        if child is not None:
            child.end()


class _Child:
    """A process that computes one call after the other."""

    def __init__(self, memory_mb: int) -> None:
        context = get_context("spawn")  # a fork of a process with threads can hang in a lock
        self._pipe, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_child, args=(theirs, memory_mb), daemon=True)
        self._process.start()
        theirs.close()
        self._memory_mb = memory_mb
        with suppress(EOFError):  # one that dies while it starts is found by the first call
            self._pipe.recv()  # its start does not count as the case's time

    def compute(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any], seconds: float) -> T:
        """The call's result, or its exception; `ChildDied` where there is neither."""
        self._pipe.send((fn, args, kwargs))
        try:
            if not self._pipe.poll(seconds):
                raise ChildDied(f"It took longer than {seconds:g} s and was stopped; raise case_seconds to allow more.")
            good, value = self._pipe.recv()
        except (EOFError, ChildDied) as error:
            self.end()
            raise error if isinstance(error, ChildDied) else ChildDied(self._last_words()) from None
        if good:
            return value  # type: ignore[no-any-return] # what came through the pipe is what fn returned
        raise value

    def end(self) -> None:
        """Kills the process and waits for it."""
        self._pipe.close()
        self._process.join(0.5)
        self._process.kill()
        self._process.join()

    def _last_words(self) -> str:
        code = self._process.exitcode or 0
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return (
            f"Its computation crashed ({how}); the limit is {self._memory_mb} MiB, raise case_memory_mb to allow more."
        )


def _child(pipe: Connection, memory_mb: int) -> None:
    """The child's life: computes what comes through the pipe, ends when the parent does."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    limit = memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pipe.send("ready")
    while True:
        try:
            fn, args, kwargs = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(_outcome(fn, args, kwargs))


def _outcome(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[bool, Any]:
    try:
        return True, fn(*args, **kwargs)
    except MemoryError:
        return False, RadiomicLensError("It needed more memory than the limit; raise case_memory_mb to allow more.")
    except RadiomicLensError as error:
        return False, error
    except Exception as error:  # the text of an unknown exception may hold names: only its kind leaves the child
        return False, RadiomicLensError(f"Its computation failed ({type(error).__name__}).")


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def sliding(
    executor: Executor,
    window: int,
    items: Iterable[Item],
    call: Callable[[Item], tuple[Callable[..., T], tuple[Any, ...]]],
) -> Iterator[tuple[Item, Future[T]]]:
    """Items with their finished futures, in the order they finish; at most `2 * window` are submitted ahead.

    `call(item)` gives the function and its arguments just before they are needed, so a cohort of volumes is never held.
    """
    running: dict[Future[T], Item] = {}
    for item in items:
        fn, args = call(item)
        running[executor.submit(fn, *args)] = item
        while len(running) >= 2 * window:
            yield from _finished(running)
    while running:
        yield from _finished(running)


def _finished(running: dict[Future[T], Item]) -> Iterator[tuple[Item, Future[T]]]:
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        yield running.pop(future), future

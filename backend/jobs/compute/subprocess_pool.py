"""Child processes with limits, for the cases of a job: on this machine and on the nodes of a cluster alike.

Nothing here knows of database, web or dask, so a node that imports it loads none of them.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from backend.errors import RadiomicLensError

T = TypeVar("T")
TRIES = 3
"""Starts of a case whose process dies: a machine may kill a process for another's sake, but hardly three times."""
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    ),
    "1",
)
"""A child computes with one thread: as many children as cores, and sums in the same order every time."""


class ChildDied(RadiomicLensError):
    """The process that computed a case ended without an answer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one case may take: private memory in MiB and wall-clock seconds."""

    memory_mb: int
    seconds: float


class Child:
    """A process that computes one call after the other under `limits`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "backend.jobs.compute.subprocess_main",
                    str(theirs.fileno()),
                    str(limits.memory_mb),
                ],
                stdin=subprocess.PIPE,  # never written to: its end tells the child that this process is gone
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)},
            )
        self._pipe: Connection[Any, Any] = Connection(ours.detach())
        with suppress(EOFError, OSError):  # one that dies while it starts is found by the first call
            self._pipe.recv()  # its start does not count as the case's time

    def compute(self, fn: Callable[..., T], args: tuple[Any, ...]) -> T:
        """Return the call's result, or raise its exception.

        Raises `ChildDied` where there is neither, `TimeoutError` after the limit; both end the child.
        """
        try:
            self._pipe.send((fn, args))
            if not self._pipe.poll(self._limits.seconds):
                self.end()
                raise TimeoutError
            good, value = self._pipe.recv()
        except (EOFError, ConnectionError):
            self.end()
            raise ChildDied(self._crash_sentence()) from None
        if good:
            return value  # type: ignore[no-any-return] # what came through the pipe is what fn returned
        raise value

    def end(self) -> None:
        """Kills the process and waits for it."""
        self._pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _crash_sentence(self) -> str:
        code = self._process.returncode or 0
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return f"Its computation crashed ({how}); the limit is {self._limits.memory_mb} MiB, raise case_memory_mb."


class ChildRunner:
    """Computes calls in a child of its own and replaces the child whenever one ends it.

    A call whose child dies is made again, `TRIES` times in all: then the call is the cause, and `ChildDied` says so.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._child: Child | None = None

    def compute(self, fn: Callable[..., T], *args: Any) -> T:
        """`fn(*args)` under the limits; every failure is one sentence without names."""
        for tries_left in reversed(range(TRIES)):
            child = self._child = self._child or Child(self._limits)
            try:
                return child.compute(fn, args)
            except TimeoutError:
                self._child = None
                seconds = f"{self._limits.seconds:g} s"
                raise RadiomicLensError(
                    f"It took longer than {seconds} and was stopped; raise case_seconds to allow more."
                ) from None
            except ChildDied as error:
                self._child = None
                if not tries_left:
                    raise ChildDied(f"{error.sentence[:-1]}, tried {TRIES} times.") from None
        raise AssertionError  # the last try returns or raises

    def close(self) -> None:
        """Ends the child, if there is one."""
        if self._child is not None:
            self._child.end()
            self._child = None


_here = threading.local()


def run_on_node(limits: Limits, fn: Callable[..., T], args: tuple[Any, ...]) -> T:
    """`fn(*args)` in a limited child of this process: what a cluster's worker is asked to do.

    Each thread of the worker keeps one child, so its imports are paid once; it dies with the worker.
    """
    kept: tuple[Limits, ChildRunner] | None = getattr(_here, "kept", None)
    if kept is None or kept[0] != limits:
        if kept is not None:
            kept[1].close()
        kept = _here.kept = (limits, ChildRunner(limits))
    return kept[1].compute(fn, *args)

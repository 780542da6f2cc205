"""Work for one visitor that ends when the visitor has gone: outside the event loop, a few at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from threading import Event
from typing import TypeVar

from starlette.requests import Request

T = TypeVar("T")
LOOK_SECONDS = 0.1
"""Time between two looks at whether the visitor is still there."""


async def while_wanted(request: Request, threads: Executor, work: Callable[[Callable[[], bool]], T]) -> T:
    """The result of `work(cancelled)` in one of the `threads`, whose number says how much is done at once.

    `cancelled()` is true from when the visitor closed the connection: work looks at it now and then, and raises.
    """
    gone = Event()
    running = asyncio.get_running_loop().run_in_executor(threads, work, gone.is_set)
    try:
        while not (await asyncio.wait({running}, timeout=LOOK_SECONDS))[0]:
            if await request.is_disconnected():
                gone.set()
        return running.result()
    finally:
        gone.set()

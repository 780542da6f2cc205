"""How a long command on tables shows its progress, and how many threads it takes."""

import os
from collections.abc import Callable
from typing import Any


def progress_line(stream: Any) -> Callable[[str, int, int], None] | None:
    """Rewrites one line with step and percent; None where nobody watches the stream."""
    if not stream.isatty():
        return None

    def show(step: str, done: int, total: int) -> None:
        stream.write(f"\r{step}: {100 * done // total:3d} %" + ("\n" if done == total else ""))
        stream.flush()

    return show


def one_thread_each() -> None:
    """Before numpy loads: linear algebra keeps to one thread each, so that no result depends on their number."""
    os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

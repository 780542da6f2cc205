"""Progress callbacks derived from another one: another step name, a counter of one step."""

from collections.abc import Callable

from backend.science.types import Progress


def renamed(progress: Progress | None, step: str) -> Progress | None:
    """One step name in place of every other; None stays None."""
    return None if progress is None else lambda _, done, total: progress(step, done, total)


def step_counter(progress: Progress | None, step: str, total: int) -> Callable[[int], None] | None:
    """A callback that reports how many of `total` parts of one step are done; None stays None."""
    return None if progress is None else lambda done: progress(step, done, total)

"""The GPU of this machine: detection, timing, and figures stored as a file."""

import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path

import torch

from benchmarks.page import table

FULL = (3, 64, 224, 224)
SMALLEST_MEMORY = 8 * 2**30
GIB = 2**30
SECONDS_A_FIGURE, SLOW = 0.5, 3.0
FEWEST, MOST = 3, 20


@dataclass(frozen=True)
class Table:
    """Some lines of a page."""

    head: list[str]
    rows: list[list[str]]

    def __str__(self) -> str:
        return table(self.head, self.rows)


@dataclass(frozen=True)
class Figures:
    """Measured tables and a sentence on the machine; stored as a file where that machine has no repository."""

    said: str
    tables: list[Table]

    def save(self, path: Path) -> None:
        """Write JSON."""
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, path: Path) -> "Figures":
        """Read what `save` wrote."""
        read = json.loads(path.read_text())
        return cls(read["said"], [Table(**one) for one in read["tables"]])

    def __str__(self) -> str:
        return "\n\n".join([self.said, *map(str, self.tables)])


def without_gpu() -> str | None:
    """Reason why the GPU part cannot run, or None."""
    if not torch.cuda.is_available():
        return "there is no CUDA device here"
    memory = torch.cuda.get_device_properties(0).total_memory
    if memory < SMALLEST_MEMORY:
        return f"the GPU has {memory / GIB:.0f} GiB; 8 are needed for a training step of tiny in float32"
    return None


def measured_on(command: str) -> str:
    """One line with date, software and GPU model, as torch names them."""
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    return (
        f"Measured {when} by `{command}` on one {torch.cuda.get_device_name(0)}, torch {torch.__version__}, "
        f"{cpu_count()} cores, Python {platform.python_version()}."
    )


def timed(step: Callable[[], object]) -> float:
    """Median seconds of a step with synchronisation: 3 to 20 runs after two warm-up runs, about half a second in all.

    A step that takes more than three seconds is run once.
    """
    if (first := once(step)) > SLOW:
        return first
    once(step)
    seconds: list[float] = []
    while len(seconds) < FEWEST or (sum(seconds) < SECONDS_A_FIGURE and len(seconds) < MOST):
        seconds.append(once(step))
    return statistics.median(seconds)


def once(step: Callable[[], object]) -> float:
    """Seconds of one run, with synchronisation."""
    torch.cuda.synchronize()
    start = time.perf_counter()
    step()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def fresh() -> None:
    """Reset the peak of allocated memory."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()


def peak() -> float:
    """Peak GiB allocated since `fresh`."""
    return torch.cuda.max_memory_allocated() / GIB

"""Everything in this folder needs a GPU that torch can use, and `make test-gpu` to be shown it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from tests.jobs.conftest import database, migrated, settings

__all__ = ["database", "migrated", "settings"]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if torch.cuda.is_available():
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="no CUDA device in sight: start with make test-gpu"))


@pytest.fixture
def room() -> Iterator[Callable[[int], None]]:
    """Sets how many bytes torch may take from the GPU beyond what it holds now; afterwards all are free again."""
    total = torch.cuda.get_device_properties(0).total_memory

    def leave(more: int) -> None:
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + more) / total)

    yield leave
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()

"""Running out of memory: how torch and numpy say it, and the sentence people get instead."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from backend.errors import BadSettings

WORDS = ("DefaultCPUAllocator", "out of memory", "ALLOC_FAILED")
"""What torch's CPU allocator, CUDA itself, and cuDNN or cuBLAS write into a plain RuntimeError."""


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that there was no memory."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error) for word in WORDS)


def named(device: torch.device) -> str:
    """Whose memory a device computes in, for people."""
    return "GPU" if device.type == "cuda" else "machine"


@contextmanager
def training_memory(device: torch.device, batch: int, epochs_done: Callable[[], int]) -> Iterator[None]:
    """Turns want of memory in a training into BadSettings that says what to change."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        kept = f"; the {done} whole epochs are kept" if (done := epochs_done()) else ""
        raise BadSettings(
            f"The {named(device)} has too little memory to train on {batch} of these inputs at once; choose a smaller "
            f"batch with more accumulation, checkpointed activations or smaller inputs, or free memory{kept}."
        ) from None

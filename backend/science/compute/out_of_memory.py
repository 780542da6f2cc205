"""Out-of-memory errors: recognition of those that torch and numpy raise, and the refusal shown instead."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from backend.errors import BadSettings

WORDS = ("DefaultCPUAllocator", "out of memory", "ALLOC_FAILED")
"""What torch's CPU allocator, CUDA itself, and cuDNN or cuBLAS write into a plain RuntimeError."""


def out_of_memory(error: BaseException) -> bool:
    """Return whether an exception was raised for lack of memory."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error) for word in WORDS)


def memory_owner(device: torch.device) -> str:
    """Name the owner of a device's memory for a sentence: `GPU` or `machine`."""
    return "GPU" if device.type == "cuda" else "machine"


@contextmanager
def training_memory(device: torch.device, batch: int, epochs_done: Callable[[], int]) -> Iterator[None]:
    """Turn an out-of-memory error of a training into BadSettings that says what to change."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        kept = f"; the {done} whole epochs are kept" if (done := epochs_done()) else ""
        raise BadSettings(
            f"The {memory_owner(device)} has too little memory to train on {batch} of these inputs at once; choose a "
            f"smaller batch with more accumulation, checkpointed activations or smaller inputs, or free memory{kept}."
        ) from None

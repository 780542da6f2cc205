"""The device tensors are computed on: choice, transfer, mixed precision."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.errors import BadSettings

Precision = Literal["auto", "float32", "bf16"]


PRECISIONS: tuple[Precision, ...] = ("auto", "float32", "bf16")


def default_device() -> torch.device:
    """CUDA where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def move_model(model: nn.Module, device: torch.device) -> None:
    """Puts the model on its device; channels last on CUDA, where it is faster."""
    model.to(device)
    if device.type == "cuda":
        model.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload] # torch's stub lacks this form


def to_device(cases: Sequence[NDArray[np.float32]], device: torch.device) -> Tensor:
    """Cases stacked into (B, ...) on the device; through pinned memory, and channels last, where that is CUDA."""
    if device.type != "cuda":
        return torch.from_numpy(np.stack(cases))
    first = torch.from_numpy(cases[0])
    pinned = torch.empty((len(cases), *first.shape), dtype=first.dtype, pin_memory=True)
    for row, case in zip(pinned, cases, strict=True):
        row.copy_(torch.from_numpy(case))
    moved = pinned.to(device, non_blocking=True)
    return moved.contiguous(memory_format=torch.channels_last_3d) if moved.ndim == 5 else moved


def check_precision(precision: str) -> None:
    """BadSettings for a precision that does not exist."""
    if precision not in PRECISIONS:
        raise BadSettings(f"There is no precision {precision!r}; choose {', '.join(PRECISIONS)}.")


def mixed_precision(device: torch.device, precision: Precision = "auto") -> AbstractContextManager[Any]:
    """Autocast to bf16 where asked for; `auto` does so on CUDA and stays in float32 on a CPU."""
    enabled = precision == "bf16" or (precision == "auto" and device.type == "cuda")
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=enabled)

"""Device of tensors: choice, transfer, mixed precision."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.science.compute.precision import PrecisionChoice


def default_device() -> torch.device:
    """Return CUDA where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def move_model(model: nn.Module, device: torch.device) -> None:
    """Move the model to the device; channels last on CUDA, where that is faster."""
    model.to(device)
    if device.type == "cuda":
        model.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload] # torch's stub lacks this form


def to_device(cases: Sequence[NDArray[np.float32]], device: torch.device) -> Tensor:
    """Stack cases into (B, ...) on the device; for CUDA through pinned memory and channels last."""
    if device.type != "cuda":
        return torch.from_numpy(np.stack(cases))
    first = torch.from_numpy(cases[0])
    pinned = torch.empty((len(cases), *first.shape), dtype=first.dtype, pin_memory=True)
    for row, case in zip(pinned, cases, strict=True):
        row.copy_(torch.from_numpy(case))
    moved = pinned.to(device, non_blocking=True)
    return moved.contiguous(memory_format=torch.channels_last_3d) if moved.ndim == 5 else moved


def mixed_precision(device: torch.device, precision: PrecisionChoice = "auto") -> AbstractContextManager[Any]:
    """Return a context that autocasts to bf16: for `bf16`, and for `auto` on CUDA; else float32."""
    enabled = precision == "bf16" or (precision == "auto" and device.type == "cuda")
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=enabled)

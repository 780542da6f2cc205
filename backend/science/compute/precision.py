"""Numeric precision of an encoder's computation; imports no torch, so that settings can use it."""

from typing import Literal

from backend.errors import BadSettings

Precision = Literal["float32", "bf16"]
PrecisionChoice = Literal["auto", "float32", "bf16"]
"""A precision, or `auto`: bf16 on CUDA and float32 elsewhere."""
PRECISIONS: tuple[Precision, ...] = ("float32", "bf16")
CHOICES: tuple[PrecisionChoice, ...] = ("auto", *PRECISIONS)


def check_precision(precision: str) -> None:
    """Raise BadSettings for a precision that does not exist."""
    if precision not in CHOICES:
        raise BadSettings(f"There is no precision {precision!r}; choose auto, float32 or bf16.")

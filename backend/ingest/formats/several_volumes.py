"""Volumes of one 4-D file that are one image: a single one, repeats, or evenly spread directions of diffusion."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import BadFile


@dataclass(frozen=True)
class Volumes:
    """Their numbers, counted from 0, `of` how many the file must hold; their mean is the image, and `note` says so.

    `geometric`: the mean of logarithms. Over evenly spread directions it is the trace-weighted image of a scanner.
    """

    numbers: tuple[int, ...]
    of: int
    geometric: bool = False
    note: str = ""


ONLY = Volumes((0,), 1)


def mean_of(volumes: Iterable[npt.NDArray[Any]], geometric: bool, name: str) -> npt.NDArray[np.float64]:
    """The mean of volumes of one size. Raises BadFile where a value has no logarithm."""
    total, count = np.zeros(()), 0
    for values in volumes:
        if geometric and (values < 0).any():
            raise BadFile(
                f"{name} holds values below 0, so it is no diffusion image as acquired; give one high-b image."
            )
        with np.errstate(divide="ignore"):  # a voxel that is 0 in one direction is 0 in the mean
            total = total + (np.log(values.astype(np.float64)) if geometric else values.astype(np.float64))
        count += 1
    return np.exp(total / count) if geometric else np.asarray(total / count)

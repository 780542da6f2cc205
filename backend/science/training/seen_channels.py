"""Inputs of cases as a target sees them: channels that it is not learnt from are zero."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.science.imaging.encoder_input import alone


class SeenInputs(Sequence[NDArray[np.float32]]):
    """The channels of cases that are seen (None = all), computed on access: a cohort need not fit in memory."""

    def __init__(self, cases: Sequence[NDArray[np.float32]], channels: Sequence[int] | None) -> None:
        self._cases, self._channels = cases, channels

    def __len__(self) -> int:
        return len(self._cases)

    def __getitem__(self, row):  # type: ignore[no-untyped-def] # a cohort is never sliced
        case = self._cases[row]
        return case if self._channels is None else alone(case, self._channels)

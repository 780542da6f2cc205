"""What every kind of target gives a training: a model, a loss, outcomes and scores."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.science.compute.precision import PrecisionChoice
from backend.science.encoders.base import Encoder
from backend.science.training.metrics import Scores


class Task(ABC):
    """One target with its values; `rows` are positions in the cohort."""

    zoom_keeps_target = True
    mirror_keeps_target = True
    is_joint = False
    """Whether the loss is one of all cases together, and the head's norms stay as they are during an epoch."""
    followed: tuple[str, ...] = ()
    """The validation scores of every epoch's record."""

    @abstractmethod
    def model(self, encoder: Encoder) -> nn.Module:
        """Build the model: the encoder with a new head."""

    @abstractmethod
    def target(self, rows: NDArray[np.int64]) -> Tensor:
        """Return the targets of the loss, (B, ...)."""

    @abstractmethod
    def loss(self, model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        """Mean loss of a training batch."""

    @abstractmethod
    def outcome(self, model: nn.Module, x: Tensor, target: Tensor, thorough: bool) -> tuple[Tensor, Tensor]:
        """Per-case outcomes for the scores, (B, k), and the main head's mean loss; `thorough` adds slow outcomes."""

    @abstractmethod
    def scores(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> Scores:
        """Scores of the outcomes (n, k) of `rows`."""

    def confusion(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> list[list[int]] | None:  # noqa: ARG002 # for tasks with classes
        """Counts by true class (rows) and given class (columns); None where there are no classes."""
        return None

    def strata(self) -> NDArray[np.int64] | None:
        """Class of every case for balanced sampling; None for a task without classes."""
        return None

    def has_loss(self, rows: NDArray[np.int64]) -> bool:  # noqa: ARG002 # for losses that need an event
        """Whether these cases define a loss."""
        return True

    def joint_loss(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> float | None:  # noqa: ARG002 # for risk sets
        """The loss of all these cases together, for a kind whose loss is no mean over cases (`is_joint`)."""
        return None

    def start_epoch(  # noqa: B027 # most kinds need nothing
        self, model: nn.Module, inputs: Sequence[NDArray[np.float32]], batch: int, precision: PrecisionChoice
    ) -> None:
        """Prepare for an epoch under the model's present weights."""

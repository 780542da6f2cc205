"""Learning a number: squared error, standardised by mean and standard deviation of the training cases."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from backend.errors import BadTable
from backend.science.encoders.base import Encoder
from backend.science.encoders.heads import HeadedEncoder, number_head
from backend.science.training.kinds.task import Task
from backend.science.training.metrics import Scores, regression_scores
from backend.science.training.target import Target


class NumberTask(Task):
    """Regression of a number. It may be a size, so augmentation does not zoom."""

    zoom_keeps_target = False
    followed = ("r2", "mae")

    def __init__(self, targets: Sequence[Any], target: Target, train: NDArray[np.int64]) -> None:
        self.values = np.asarray(targets, dtype=np.float64)
        if self.values.ndim != 1 or not np.isfinite(self.values).all():
            raise BadTable(f"Targets of {target.called} must be one finite number for every case.")
        self.mean = float(self.values[train].mean())
        self.deviation = float(self.values[train].std())
        if self.deviation == 0.0:
            raise BadTable(f"All training cases have the same {target.called}; there is nothing to learn.")

    def model(self, encoder: Encoder) -> nn.Module:
        return HeadedEncoder(encoder, number_head(encoder.embed_dim))

    def target(self, rows: NDArray[np.int64]) -> Tensor:
        standardised = (self.values[rows] - self.mean) / self.deviation
        return torch.from_numpy(standardised.astype(np.float32)).unsqueeze(1)

    def loss(self, model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        return functional.mse_loss(model(x).float(), target)

    def outcome(self, model: nn.Module, x: Tensor, target: Tensor, thorough: bool) -> tuple[Tensor, Tensor]:  # noqa: ARG002 # nothing is slow
        output = model(x).float()
        return output.double() * self.deviation + self.mean, functional.mse_loss(output, target)

    def scores(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> Scores:
        return regression_scores(outcomes[:, 0], self.values[rows], self.mean)

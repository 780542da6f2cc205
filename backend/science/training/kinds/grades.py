"""Learning a grade: the cumulative logit model (proportional odds), one score and a threshold between two grades.

P(grade > k) = sigmoid(score - threshold k), thresholds in rising order; the loss is the negative log likelihood of the
grade (McCullagh 1980). Chances of neighbouring grades are neighbours too, whatever the number of cases in each.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.science.encoders.base import Encoder
from backend.science.encoders.heads import HeadedEncoder, grade_head
from backend.science.training.kinds.classes import class_positions
from backend.science.training.kinds.task import Task
from backend.science.training.losses import cumulative_logit_loss
from backend.science.training.metrics import Scores, confusion, grade_scores
from backend.science.training.target import Target


class GradeTask(Task):
    """Regression of an ordered class; outcomes are the chances of lying above each grade but the last."""

    followed = ("kappa", "mae")

    def __init__(self, targets: Sequence[Any], target: Target, train: NDArray[np.int64]) -> None:
        self.count = len(target.classes)
        self.labels = class_positions(targets, target)
        self.mirror_keeps_target = not target.has_sides
        often = np.bincount(self.labels[train], minlength=self.count) + 0.5  # no grade is impossible at the start
        self.above = (1.0 - often.cumsum() / often.sum())[:-1]

    def model(self, encoder: Encoder) -> nn.Module:
        return HeadedEncoder(encoder, grade_head(encoder.embed_dim, self.count, self.above))

    def target(self, rows: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(self.labels[rows])

    def loss(self, model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        return cumulative_logit_loss(model(x).float(), target)

    def outcome(self, model: nn.Module, x: Tensor, target: Tensor, thorough: bool) -> tuple[Tensor, Tensor]:  # noqa: ARG002 # nothing is slow
        logits = model(x).float()
        return logits.sigmoid(), cumulative_logit_loss(logits, target)

    def confusion(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> list[list[int]]:
        return confusion((outcomes > 0.5).sum(axis=1), self.labels[rows], self.count)

    def scores(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> Scores:
        return grade_scores(outcomes, self.labels[rows])

    def strata(self) -> NDArray[np.int64]:
        return self.labels

"""Learning a class: cross entropy, one output a class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from backend.errors import BadTable
from backend.science.encoders.base import Encoder
from backend.science.encoders.heads import HeadedEncoder, class_head
from backend.science.training.kinds.task import Task
from backend.science.training.metrics import Scores, classification_scores, confusion
from backend.science.training.target import Target


def class_positions(targets: Sequence[Any], target: Target) -> NDArray[np.int64]:
    """Targets as positions among the classes. Raises BadTable where one is none of them."""
    labels = np.asarray(targets)
    known = range(len(target.classes))
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not np.isin(labels, known).all():
        raise BadTable(
            f"Targets of {target.called} must be the classes {', '.join(map(str, known))} "
            f"({', '.join(target.classes)}), one for every case."
        )
    return labels.astype(np.int64)


class ClassTask(Task):
    """Classification into the target's classes."""

    def __init__(self, targets: Sequence[Any], target: Target) -> None:
        self.count = len(target.classes)
        self.labels = class_positions(targets, target)
        self.ordered = target.ordered
        self.mirror_keeps_target = not target.has_sides
        self.followed = ("auc", "kappa" if self.ordered else "balanced_accuracy")

    def model(self, encoder: Encoder) -> nn.Module:
        return HeadedEncoder(encoder, class_head(encoder.embed_dim, self.count))

    def target(self, rows: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(self.labels[rows])

    def loss(self, model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        return functional.cross_entropy(model(x).float(), target)

    def outcome(self, model: nn.Module, x: Tensor, target: Tensor, thorough: bool) -> tuple[Tensor, Tensor]:  # noqa: ARG002 # nothing is slow
        logits = model(x).float()
        return logits.softmax(dim=1), functional.cross_entropy(logits, target)

    def confusion(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> list[list[int]]:
        return confusion(outcomes.argmax(axis=1), self.labels[rows], self.count)

    def scores(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> Scores:
        return classification_scores(outcomes, self.labels[rows], ordered=self.ordered)

    def strata(self) -> NDArray[np.int64]:
        return self.labels

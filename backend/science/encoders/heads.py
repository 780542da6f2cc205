"""Fine-tuning heads on the pooled embedding: of a class, a grade, a number or a log risk."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.science.encoders.base import Encoder

HIDDEN = 256


class CohortNorm(nn.BatchNorm1d):
    """BatchNorm1d that uses its running statistics where a training batch has only one case.

    torch refuses a batch of one case, which has no variance; small cohorts and large volumes produce such batches.
    """

    def forward(self, x: Tensor) -> Tensor:
        if self.training and x.shape[0] == 1:
            return functional.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        return super().forward(x)

    def measure(self, x: Tensor) -> None:
        """Set the running statistics to those of (n, d); of a single case, which has no variance, they stay."""
        if len(x) > 1 and self.running_mean is not None and self.running_var is not None:
            self.running_mean.copy_(x.mean(dim=0))
            self.running_var.copy_(x.var(dim=0))


class Thresholds(nn.Module):
    """Thresholds between grades, in rising order: scores (B, 1) -> log odds of lying above each, (B, grades - 1)."""

    def __init__(self, above: Sequence[float]) -> None:
        """`above`: chance of lying above each grade but the last, at score 0; falling, between 0 and 1."""
        super().__init__()
        start = -torch.logit(torch.as_tensor(above, dtype=torch.float64))
        gaps = start.diff().expm1().log()  # so that softplus gives the differences
        self.raw = nn.Parameter(torch.cat([start[:1], gaps]).float())

    def forward(self, score: Tensor) -> Tensor:
        return score - torch.cat([self.raw[:1], functional.softplus(self.raw[1:])]).cumsum(0)


def class_head(embed_dim: int, classes: int) -> nn.Sequential:
    """Head of a class: FC, BatchNorm, ReLU, FC; (B, embed_dim) -> logits (B, classes); keys as in ProFound's files."""
    return nn.Sequential(nn.Linear(embed_dim, HIDDEN), CohortNorm(HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, classes))


def grade_head(embed_dim: int, grades: int, above: Sequence[float] | None = None) -> nn.Sequential:
    """Head of a grade: as of a class, with one output, and the thresholds; (B, embed_dim) -> (B, grades - 1).

    `above`: chances of lying above each grade at the start; equal grades unless told.
    """
    if above is None:
        above = [1.0 - (grade + 1) / grades for grade in range(grades - 1)]
    score = nn.Linear(HIDDEN, 1, bias=False)  # the thresholds are its constants
    return nn.Sequential(nn.Linear(embed_dim, HIDDEN), CohortNorm(HIDDEN), nn.ReLU(), score, Thresholds(above))


def number_head(embed_dim: int, outputs: int = 1, *, bias: bool = True) -> nn.Sequential:
    """Head of a number (without bias: a log risk): BatchNorm, FC; (B, embed_dim) -> standardised (B, outputs)."""
    return nn.Sequential(CohortNorm(embed_dim), nn.Linear(embed_dim, outputs, bias=bias))


class HeadedEncoder(nn.Module):
    """Encoder and a head on its pooled embedding: (B, 3, D, H, W), or embeddings (B, embed_dim), -> (B, outputs)."""

    def __init__(self, encoder: Encoder, head: nn.Sequential) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.head(x if x.ndim == 2 else self.encoder(x))
        return output

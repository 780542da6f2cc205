"""Fine-tuning heads on the pooled embedding: PI-RADS classification and gland volume regression."""

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


def pirads_head(embed_dim: int, classes: int = 4) -> nn.Sequential:
    """PI-RADS head: FC, BatchNorm, ReLU, FC; (B, embed_dim) -> logits (B, classes); keys as in ProFound's files."""
    return nn.Sequential(nn.Linear(embed_dim, HIDDEN), CohortNorm(HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, classes))


def volume_head(embed_dim: int, outputs: int = 1) -> nn.Sequential:
    """Volume head: BatchNorm, FC; (B, embed_dim) -> standardised numbers (B, outputs), one for the gland volume."""
    return nn.Sequential(CohortNorm(embed_dim), nn.Linear(embed_dim, outputs))


class HeadedEncoder(nn.Module):
    """Encoder and a head on its pooled embedding: (B, 3, D, H, W), or embeddings (B, embed_dim), -> (B, outputs)."""

    def __init__(self, encoder: Encoder, head: nn.Sequential) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.head(x if x.ndim == 2 else self.encoder(x))
        return output

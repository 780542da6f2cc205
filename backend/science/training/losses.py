"""Losses of fine-tuning: Dice for masks, cumulative logits for grades; others are torch's own, or in `cox`."""

import torch
from torch import Tensor
from torch.nn import functional

DEEP_SUPERVISION = 0.4
SPACE = (1, 2, 3, 4)
FAR = 1e4
"""Log odds of what is certain: its sigmoid is 1."""


def dice_loss(logits: Tensor, mask: Tensor) -> Tensor:
    """Mean over cases of 1 - soft Dice, a scalar in [0, 1]; both arguments (B, 1, D, H, W).

    Soft Dice = 2 sum(p g) / (sum p + sum g). For a case without lesion this is 0 whatever is predicted and has
    no gradient: such a case gets the Dice of its background, 1 - 2 sum(1 - p) / (sum(1 - p) + n).
    """
    chance = torch.sigmoid(logits.float())
    truth = mask.float()
    lesion_free = truth.sum(dim=SPACE, keepdim=True) == 0
    chance = torch.where(lesion_free, 1.0 - chance, chance)
    truth = torch.where(lesion_free, 1.0, truth)
    overlap = (chance * truth).sum(dim=SPACE)
    return (1.0 - 2.0 * overlap / (chance.sum(dim=SPACE) + truth.sum(dim=SPACE))).mean()


def mask_loss(logits: Tensor, mask: Tensor, cross_entropy: bool) -> Tensor:
    """Dice loss, optionally plus voxelwise binary cross entropy."""
    loss = dice_loss(logits, mask)
    if not cross_entropy:
        return loss
    return loss + functional.binary_cross_entropy_with_logits(logits.float(), mask.float())


def deeply_supervised_loss(main: Tensor, auxiliary: Tensor, mask: Tensor, cross_entropy: bool) -> Tensor:
    """Loss of the main head + 0.4 x loss of the head on stage 3."""
    return mask_loss(main, mask, cross_entropy) + DEEP_SUPERVISION * mask_loss(auxiliary, mask, cross_entropy)


def cumulative_logit_loss(logits: Tensor, grade: Tensor) -> Tensor:
    """Mean negative log likelihood of grades (B,) under log odds (B, grades - 1) of lying above each but the last.

    The log odds fall from grade to grade. P(grade) = sigmoid(a) - sigmoid(b) of two neighbours a > b, computed as
    sigmoid(a) sigmoid(-b) (1 - exp(b - a)), which does not cancel.
    """
    edge = torch.full_like(logits[:, :1], FAR)
    padded = torch.cat([edge, logits, -edge], dim=1)
    above = padded.gather(1, grade.unsqueeze(1))
    below = padded.gather(1, grade.unsqueeze(1) + 1)
    between = torch.log(-torch.expm1(below - above))
    return -(functional.logsigmoid(above) + functional.logsigmoid(-below) + between).mean()

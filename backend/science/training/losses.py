"""Losses of fine-tuning: Dice for masks; cross entropy and squared error are torch's own."""

import torch
from torch import Tensor
from torch.nn import functional

DEEP_SUPERVISION = 0.4
SPACE = (1, 2, 3, 4)


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

"""Learning a mask: Dice, with deep supervision of stage 3 at weight 0.4."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.errors import BadTable
from backend.science.encoders.base import Encoder
from backend.science.encoders.upernet import Segmenter
from backend.science.imaging.surface_distance import hausdorff95
from backend.science.training.kinds.task import Task
from backend.science.training.losses import deeply_supervised_loss, mask_loss
from backend.science.training.metrics import Scores, mask_scores
from backend.science.training.target import Target
from backend.science.types import Spacing


class MaskTask(Task):
    """Segmentation of a region: masks (D, H, W), non-zero in it, with voxels of `spacing` (z, y, x) mm."""

    followed = ("dice",)

    def __init__(
        self,
        targets: Sequence[Any],
        target: Target,
        shape: tuple[int, int, int],
        width: int,
        cross_entropy: bool,
        spacing: Spacing = (1.0, 1.0, 1.0),
    ) -> None:
        self.region = target.region
        self.width = width
        self.spacing = spacing
        self.cross_entropy = cross_entropy
        self.masks = [np.asarray(mask) for mask in targets]
        for index, mask in enumerate(self.masks):
            if mask.shape != shape:
                raise BadTable(
                    f"The {self.region} mask of case {index} has shape {mask.shape}; its images have {shape}."
                )
        self.masks = [mask > 0 for mask in self.masks]

    def model(self, encoder: Encoder) -> nn.Module:
        return Segmenter(encoder, self.width)

    def target(self, rows: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(np.stack([self.masks[row] for row in rows]).astype(np.float32)).unsqueeze(1)

    def loss(self, model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        assert isinstance(model, Segmenter)
        main, auxiliary = model.deeply_supervised(x)
        return deeply_supervised_loss(main, auxiliary, target, self.cross_entropy)

    def outcome(self, model: nn.Module, x: Tensor, target: Tensor, thorough: bool) -> tuple[Tensor, Tensor]:
        logits = model(x).float()
        predicted, true = logits > 0, target > 0.5
        counts = [part.flatten(1).sum(dim=1).double() for part in (predicted & true, predicted, true)]
        apart = self.distances(predicted, true) if thorough else torch.full((len(x),), torch.nan, dtype=torch.float64)
        outcome = torch.stack([*counts, apart.to(x.device)], dim=1)
        return outcome, mask_loss(logits, target, self.cross_entropy)

    def distances(self, predicted: Tensor, true: Tensor) -> Tensor:
        """Hausdorff 95 in mm of every case (B,), NaN where it has none."""
        masks = zip(predicted[:, 0].cpu().numpy(), true[:, 0].cpu().numpy(), strict=True)
        found = [hausdorff95(ours, drawn, self.spacing) for ours, drawn in masks]
        return torch.tensor([torch.nan if one is None else one for one in found], dtype=torch.float64)

    def scores(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> Scores:  # noqa: ARG002 # counts suffice
        return mask_scores(outcomes, self.region)

    def strata(self) -> NDArray[np.int64]:
        return np.array([int(mask.any()) for mask in self.masks])

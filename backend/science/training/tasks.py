"""The three fine-tuning tasks: input, model, loss and scores of each.

pirads      T2, DWI, ADC -> one of four classes (PI-RADS below 3, 3, 4, 5); cross entropy
lesion_seg  T2, DWI, ADC -> lesion mask; Dice, with deep supervision of stage 3 at weight 0.4
volume      T2 alone -> gland volume, standardised by the training cases; squared error
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from backend.errors import BadSettings, BadTable
from backend.science.encoders.base import Encoder
from backend.science.encoders.heads import HeadedEncoder, pirads_head, volume_head
from backend.science.encoders.upernet import Segmenter
from backend.science.imaging.surface_distance import hausdorff95
from backend.science.training.losses import deeply_supervised_loss, mask_loss
from backend.science.training.metrics import Scores, classification_scores, confusion, lesion_scores, regression_scores
from backend.science.types import Spacing

CLASSES = 4
T2_ONLY = frozenset({"volume"})


def pirads_class(pirads: int) -> int:
    """Return the class of a PI-RADS score: 0 .. 3 for below 3, 3, 4, 5."""
    if pirads not in (1, 2, 3, 4, 5):
        raise BadTable(f"PI-RADS {pirads} does not exist; categories are 1 to 5.")
    return max(pirads - 2, 0)


def task_input(case: NDArray[np.float32], task: str) -> NDArray[np.float32]:
    """Return the task's input of a case (3, D, H, W): DWI and ADC are set to zero where a task uses T2 alone.

    Zero is the mean of a z-scored channel, so the same three-channel encoder serves all tasks. Embed both stages of
    an encoder on this input: a shift then comes from the weights and not from the input.
    """
    if task not in T2_ONLY:
        return case
    alone = np.zeros_like(case)
    alone[0] = case[0]
    return alone


class TaskInputs(Sequence[NDArray[np.float32]]):
    """Task inputs of cases, each computed on access: a cohort need not fit in memory."""

    def __init__(self, cases: Sequence[NDArray[np.float32]], task: str) -> None:
        self._cases, self._task = cases, task

    def __len__(self) -> int:
        return len(self._cases)

    def __getitem__(self, row):  # type: ignore[no-untyped-def] # a cohort is never sliced
        return task_input(self._cases[row], self._task)


class Task(ABC):
    """One task with its targets; `rows` are positions in the cohort."""

    zoom_keeps_target = True
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


class PiradsTask(Task):
    """PI-RADS classification into classes 0 .. 3."""

    followed = ("auc", "kappa")

    def __init__(self, targets: Sequence[Any]) -> None:
        self.labels = np.asarray(targets)
        if (
            self.labels.ndim != 1
            or self.labels.dtype.kind not in "iu"
            or not np.isin(self.labels, range(CLASSES)).all()
        ):
            raise BadTable("PI-RADS targets must be the classes 0, 1, 2, 3 (below 3, 3, 4, 5), one for every case.")
        self.labels = self.labels.astype(np.int64)

    def model(self, encoder: Encoder) -> nn.Module:
        return HeadedEncoder(encoder, pirads_head(encoder.embed_dim, CLASSES))

    def target(self, rows: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(self.labels[rows])

    def loss(self, model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        return functional.cross_entropy(model(x).float(), target)

    def outcome(self, model: nn.Module, x: Tensor, target: Tensor, thorough: bool) -> tuple[Tensor, Tensor]:  # noqa: ARG002 # nothing is slow
        logits = model(x).float()
        return logits.softmax(dim=1), functional.cross_entropy(logits, target)

    def confusion(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> list[list[int]]:
        return confusion(outcomes, self.labels[rows])

    def scores(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> Scores:
        return classification_scores(outcomes, self.labels[rows])

    def strata(self) -> NDArray[np.int64]:
        return self.labels


class LesionTask(Task):
    """Lesion segmentation: masks (D, H, W), non-zero in lesions, with voxels of `spacing` (z, y, x) mm."""

    followed = ("dice",)

    def __init__(
        self,
        targets: Sequence[Any],
        shape: tuple[int, int, int],
        width: int,
        cross_entropy: bool,
        spacing: Spacing = (1.0, 1.0, 1.0),
    ) -> None:
        self.width = width
        self.spacing = spacing
        self.cross_entropy = cross_entropy
        self.masks = [np.asarray(mask) for mask in targets]
        for index, mask in enumerate(self.masks):
            if mask.shape != shape:
                raise BadTable(f"The lesion mask of case {index} has shape {mask.shape}; its images have {shape}.")
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
        return lesion_scores(outcomes)

    def strata(self) -> NDArray[np.int64]:
        return np.array([int(mask.any()) for mask in self.masks])


class VolumeTask(Task):
    """Gland volume regression in mL, standardised by mean and standard deviation of the training cases."""

    zoom_keeps_target = False
    followed = ("r2", "mae")

    def __init__(self, targets: Sequence[Any], train: NDArray[np.int64]) -> None:
        self.volumes = np.asarray(targets, dtype=np.float64)
        if self.volumes.ndim != 1 or not np.isfinite(self.volumes).all():
            raise BadTable("Volume targets must be one finite number (mL) for every case.")
        self.mean = float(self.volumes[train].mean())
        self.deviation = float(self.volumes[train].std())
        if self.deviation == 0.0:
            raise BadTable("All training cases have the same gland volume; there is nothing to learn.")

    def model(self, encoder: Encoder) -> nn.Module:
        return HeadedEncoder(encoder, volume_head(encoder.embed_dim))

    def target(self, rows: NDArray[np.int64]) -> Tensor:
        standardised = (self.volumes[rows] - self.mean) / self.deviation
        return torch.from_numpy(standardised.astype(np.float32)).unsqueeze(1)

    def loss(self, model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        return functional.mse_loss(model(x).float(), target)

    def outcome(self, model: nn.Module, x: Tensor, target: Tensor, thorough: bool) -> tuple[Tensor, Tensor]:  # noqa: ARG002 # nothing is slow
        output = model(x).float()
        return output.double() * self.deviation + self.mean, functional.mse_loss(output, target)

    def scores(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> Scores:
        return regression_scores(outcomes[:, 0], self.volumes[rows], self.mean)


def build_task(
    task: str,
    targets: Sequence[Any],
    shape: tuple[int, int, int],
    train: NDArray[np.int64],
    segmenter_width: int = 512,
    dice_cross_entropy: bool = False,
    spacing: Spacing = (1.0, 1.0, 1.0),
) -> Task:
    """Build the task called `task`. Raises BadSettings for an unknown name, BadTable for unfit targets."""
    if task == "pirads":
        return PiradsTask(targets)
    if task == "lesion_seg":
        return LesionTask(targets, shape, segmenter_width, dice_cross_entropy, spacing)
    if task == "volume":
        return VolumeTask(targets, train)
    raise BadSettings(f"There is no task called {task!r}; choose pirads, lesion_seg or volume.")

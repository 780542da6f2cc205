"""What a training does with a target of each kind.

class      one of several classes; cross entropy
ordinal    a grade; cumulative logits
number     a number, standardised by the training cases; squared error
survival   a time and an event; Cox's partial likelihood
mask       a region; Dice, with deep supervision of stage 3 at weight 0.4
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.training.kinds.classes import ClassTask
from backend.science.training.kinds.grades import GradeTask
from backend.science.training.kinds.masks import MaskTask
from backend.science.training.kinds.numbers import NumberTask
from backend.science.training.kinds.survival import SurvivalTask
from backend.science.training.kinds.task import Task
from backend.science.training.target import Target
from backend.science.types import Spacing


def build_task(
    target: Target,
    values: Sequence[Any],
    shape: tuple[int, int, int],
    train: NDArray[np.int64],
    segmenter_width: int = 512,
    dice_cross_entropy: bool = False,
    spacing: Spacing = (1.0, 1.0, 1.0),
) -> Task:
    """Build the task of a target; `values` are those of the cases. Raises BadTable for values that are none of it."""
    if target.kind == "class":
        return ClassTask(values, target)
    if target.kind == "ordinal":
        return GradeTask(values, target, train)
    if target.kind == "number":
        return NumberTask(values, target, train)
    if target.kind == "survival":
        return SurvivalTask(values, target, train)
    return MaskTask(values, target, shape, segmenter_width, dice_cross_entropy, spacing)

"""Settings of an analysis, checked on construction."""

from dataclasses import dataclass, replace

import numpy as np

from backend.errors import BadSettings
from backend.science.lens.projection import ProjectionSettings

OTHER_DECODERS = ("kernel",)
PAPER_HIDDEN = 128
FEWEST_HIDDEN = 8
PATIENTS_A_UNIT = 4


@dataclass(frozen=True, slots=True)
class LensSettings:
    """Settings of an analysis; all of them are written into its report.

    `hidden` 0 means: a quarter of the training patients, between 8 and the paper's 128 (`with_hidden`).
    `trust`: with the trust block, or the paper's numbers alone. `folds` and `repeats` shape the cross-validation of the
    task's head and of new content (`trust.erasure`, `trust.content`). `decoders` names other decoders (`kernel`) whose
    R2 is shown beside the ridge's. `threads`: fits of the trust block computed at a time; no number depends on it.
    """

    hidden: int = PAPER_HIDDEN
    epochs: int = 200
    learning_rate: float = 1e-3
    batch_size: int = 64
    l1: float = 1e-6
    l2: float = 1e-5
    standardise_x: str = "pre"
    sweep: bool = False
    bias: bool = False
    per_group_share: bool = False
    theta_on: str = "train"
    intersect: bool = False
    seed: int = 0
    threads: int = 1
    trust: bool = True
    folds: int = 5
    repeats: int = 3
    decoders: tuple[str, ...] = ()
    task: str | None = None
    roi: str | None = None

    def __post_init__(self) -> None:
        for name, least in {"hidden": 0, "seed": 0, "threads": 1, "folds": 2, "repeats": 1}.items():
            if getattr(self, name) < least:
                raise BadSettings(f"{name} is {getattr(self, name)}; it must be {least} or more.")
        if self.decoders and not self.trust:
            raise BadSettings("Other decoders belong to the trust block; leave it in, or leave them out.")
        if self.theta_on not in ("train", "all"):
            raise BadSettings(f"theta_on is {self.theta_on!r}; use train or all.")
        if not set(self.decoders) <= set(OTHER_DECODERS):
            raise BadSettings("kernel is the only decoder beside the ridge; name it alone.")
        _ = self.projection

    def with_hidden(self, n_train_patients: int) -> "LensSettings":
        """The same with the number of hidden units chosen, where it was left to the cohort's size."""
        chosen = int(np.clip(n_train_patients // PATIENTS_A_UNIT, FEWEST_HIDDEN, PAPER_HIDDEN))
        return self if self.hidden else replace(self, hidden=chosen)

    @property
    def projection(self) -> ProjectionSettings:
        """The settings of f_share, checked."""
        return ProjectionSettings(
            self.hidden or PAPER_HIDDEN,
            self.epochs,
            self.learning_rate,
            self.batch_size,
            self.l1,
            self.l2,
            self.standardise_x,
        )

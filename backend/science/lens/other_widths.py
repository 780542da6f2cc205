"""Embeddings of two widths in one space: f_share is fitted on one of them and read with both.

The narrower one is filled up with zeros. The one after is centred, turned and scaled onto the one before (orthogonal
Procrustes, fitted on training studies, without radiomics). Neither changes an angle or a ratio of distances among the
studies of one embedding, so what is decoded from each alone (the trust block) stays as it is.

f_share is fitted on the one before. It has learned nothing of dimensions that this one does not have, and its weights
there are those it started with. So a wider one after is read in the dimensions of the one before alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes

from backend.science.alert import Alert
from backend.science.tables.join import Cohort
from backend.science.types import FloatArray

CODE = "other_widths"
DEPENDS = "paper_depends_on_turn"
"""Column of ranking.csv and groups.csv, only there where it is true."""


@dataclass(frozen=True, slots=True)
class Turn:
    """x -> scale (x - mean) turn + target, of x filled up to a common width d; `turn` (d, d) is orthogonal.

    `before`: width of the embeddings before.
    """

    mean: FloatArray
    turn: FloatArray
    scale: float
    target: FloatArray
    before: int

    def __call__(self, x: FloatArray) -> FloatArray:
        return self.scale * (filled(x, len(self.turn)) - self.mean) @ self.turn + self.target

    def readable(self, turned: FloatArray) -> FloatArray:
        """Turned embeddings (n, d) as f_share reads them: what lies outside the one before is 0."""
        return filled(turned[:, : self.before], len(self.turn))

    def linear(self, weights: FloatArray, bias: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights (C, d) and bias (C,) that give on turned embeddings what these give on the given ones."""
        wide = filled(weights, len(self.turn))
        turned = wide @ self.turn / self.scale
        return turned, bias + wide @ self.mean - turned @ self.target


def filled(x: FloatArray, width: int) -> FloatArray:
    """Columns of zeros behind those of x (n, d)."""
    return np.pad(x, ((0, 0), (0, width - x.shape[1])))


def turn_onto(x_ft: FloatArray, x_pre: FloatArray, train: NDArray[np.bool_]) -> Turn:
    """The turn of x_ft (N, d_ft) onto x_pre (N, d_pre), fitted on the studies `train`."""
    width = max(x_pre.shape[1], x_ft.shape[1])
    pre, ft = filled(x_pre[train], width), filled(x_ft[train], width)
    mean, target = ft.mean(axis=0), pre.mean(axis=0)
    turn, _ = orthogonal_procrustes(ft - mean, pre - target)
    size = float(np.linalg.norm(((ft - mean) @ turn)[:, : x_pre.shape[1]]))
    scale = float(np.linalg.norm(pre - target)) / size if size else 1.0
    return Turn(mean, turn, scale or 1.0, target, x_pre.shape[1])


def in_one_space(cohort: Cohort, train: NDArray[np.bool_]) -> tuple[Cohort, Turn | None]:
    """The cohort with all embeddings as wide as the widest, and what was done to those after; None for equal widths."""
    before, after = cohort.x_pre.shape[1], cohort.x_ft.shape[1]
    if before == after:
        return cohort, None
    turn = turn_onto(cohort.x_ft, cohort.x_pre, train)
    alert = Alert(
        CODE,
        f"The embeddings have {before} dimensions before and {after} after: the one after was turned onto the one "
        "before (Procrustes, training studies) for the paper's block. Its importances, ΔI and R² depend on that turn: "
        "compare them with no other analysis.",
        "One projection is read with both stages, which needs one space. What is decoded from each embedding, and the "
        "trust effect, do not depend on the turn.",
    )
    return replace(
        cohort,
        x_pre=filled(cohort.x_pre, len(turn.turn)),
        x_ft=turn(cohort.x_ft),
        x_others=tuple(turn(x) for x in cohort.x_others),
        alerts=(*cohort.alerts, alert),
    ), turn


def marked(frame: pd.DataFrame, alerts: Sequence[Alert]) -> pd.DataFrame:
    """A ranking or its groups, with the column that says that the paper's numbers depend on the turn of this pair."""
    return frame.assign(**{DEPENDS: True}) if any(alert.code == CODE for alert in alerts) else frame

"""f_share: the shared projection Z = ReLU(W x + b), fitted on pre-trained embeddings and then frozen.

Source: "What Fine-Tuning Changes" (MIDL 2026), step 1. The paper gives l1, l2, epochs and learning rate; hidden
width, batch size and optimiser (Adam) are settings here, printed with every result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadSettings
from backend.science.types import FloatArray, Progress

if TYPE_CHECKING:
    from torch import Tensor

SWEEP_L1 = (0.0, 1e-7, 3e-7, 1e-6, 3e-6, 1e-5)
SWEEP_L2 = (0.0, 1e-5, 1e-4, 1e-3)
SWEEP_PATIENCE = 10
BETAS, EPSILON = (0.9, 0.999), 1e-8
# Batches are too small for two threads: on a busy machine two take ten times as long as one,
# and the result would depend on their number.
FIT_THREADS = 1


@dataclass(frozen=True, slots=True)
class ProjectionSettings:
    """How f_share is fitted; the defaults are the paper's where it gives them."""

    hidden: int = 128
    epochs: int = 200
    learning_rate: float = 1e-3
    batch_size: int = 64
    l1: float = 1e-6
    l2: float = 1e-5
    standardise_x: str = "pre"

    def __post_init__(self) -> None:
        for name in ("hidden", "epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise BadSettings(f"{name} is {getattr(self, name)}; it must be 1 or more.")
        if not 0 < self.learning_rate < 1:
            raise BadSettings(f"learning_rate is {self.learning_rate}; it must lie between 0 and 1.")
        if not (0 <= self.l1 < inf and 0 <= self.l2 < inf):
            raise BadSettings(f"l1 is {self.l1} and l2 {self.l2}; both must be finite numbers of 0 or more.")
        if self.standardise_x not in ("pre", "none"):
            raise BadSettings(f"standardise_x is {self.standardise_x!r}; use pre or none.")


@dataclass(frozen=True, slots=True)
class Projection:
    """The frozen f_share."""

    weight: FloatArray  # (H, d)
    bias: FloatArray  # (H,)
    x_mean: FloatArray  # (d,)
    x_sd: FloatArray  # (d,)
    settings: ProjectionSettings

    def transform(self, X: FloatArray) -> FloatArray:
        """Return the shared projection of embeddings, (n, d) -> (n, H), in float64."""
        standardised = (np.asarray(X, dtype=np.float64) - self.x_mean) / self.x_sd
        return np.maximum(standardised @ self.weight.T + self.bias, 0.0)


@dataclass(slots=True)
class _Parameters:
    """f_share and the heads while they are trained, float32, in numpy order W, b, V, c."""

    arrays: list[NDArray[np.float32]]

    @classmethod
    def initial(cls, d: int, hidden: int, K: int, seed: int) -> "_Parameters":
        """Uniform in +-1/sqrt(fan in), as torch.nn.Linear starts."""
        rng = np.random.default_rng(seed)
        a, h = d**-0.5, hidden**-0.5
        shapes = (((hidden, d), a), ((hidden,), a), ((K, hidden), h), ((K,), h))
        return cls([rng.uniform(-bound, bound, shape).astype(np.float32) for shape, bound in shapes])


class _Adam:
    """Adam (Kingma & Ba 2015) as in torch.optim, without the slow import of torch's compiler."""

    def __init__(self, parameters: "Sequence[Tensor]", learning_rate: float) -> None:
        self._state = [(p, p.new_zeros(p.shape), p.new_zeros(p.shape)) for p in parameters]
        self._learning_rate = learning_rate
        self._steps = 0

    def step(self, gradients: "Sequence[Tensor]") -> None:
        self._steps += 1
        first, second = 1 - BETAS[0] ** self._steps, 1 - BETAS[1] ** self._steps
        for (p, mean, square), gradient in zip(self._state, gradients, strict=True):
            mean.lerp_(gradient, 1 - BETAS[0])
            square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
            p.addcdiv_(mean, square.sqrt().div_(second**0.5).add_(EPSILON), value=-self._learning_rate / first)


def fit_projection(
    X: FloatArray,
    R: FloatArray,
    modality: Sequence[str],
    settings: ProjectionSettings,
    seed: int,
    progress: Progress | None = None,
) -> Projection:
    """Fit f_share on pre-trained embeddings X (n, d) against scaled radiomics R (n, K), and drop the heads.

    Minimises, over W, b and one linear head a modality, the mean over modalities of the L1 reconstruction error plus
    l1 |W|_1 + l2 |W|_2^2. `modality` names the modality of each of the K columns. Deterministic for a seed and a
    number of torch threads.
    """
    x_mean, x_sd = _standardisation(X, settings.standardise_x)
    start = _Parameters.initial(X.shape[1], settings.hidden, R.shape[1], seed)
    standardised = (X - x_mean) / x_sd
    fitted, _, _ = _train(start, standardised, R, _column_weights(modality), settings, seed, progress)
    weight, bias = (array.astype(np.float64) for array in fitted.arrays[:2])
    return Projection(weight, bias, x_mean, x_sd, settings)


def _standardisation(X: FloatArray, mode: str) -> tuple[FloatArray, FloatArray]:
    """Mean and SD of each embedding dimension, (d,), or 0 and 1; a constant dimension gets SD 1."""
    if mode == "none":
        return np.zeros(X.shape[1]), np.ones(X.shape[1])
    sd = X.std(axis=0)
    return X.mean(axis=0), np.where(sd > 1e-12 * np.maximum(1.0, np.abs(X).max(axis=0)), sd, 1.0)


def _column_weights(modality: Sequence[str]) -> NDArray[np.float32]:
    """Weight of each column in the loss, (K,): modalities count equally, whatever their number of features."""
    names, index, counts = np.unique(np.asarray(modality), return_inverse=True, return_counts=True)
    return (1.0 / (len(names) * counts[index])).astype(np.float32)


def _train(
    start: _Parameters,
    X: FloatArray,
    R: FloatArray,
    column_weights: NDArray[np.float32],
    settings: ProjectionSettings,
    seed: int,
    progress: Progress | None = None,
    held_out: tuple[FloatArray, FloatArray] | None = None,
    patience: int | None = None,
) -> tuple[_Parameters, float, int]:
    """Train by Adam on shuffled batches; return parameters, held-out reconstruction error (or NaN) and epochs run.

    The gradient is written out (the sign of the error through two linear maps and a ReLU): a third faster than
    autograd here. With `patience` it stops after so many epochs without a better held-out error and returns the best.
    """
    import torch

    rng = np.random.default_rng([seed, 1])
    x, r = (torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32)) for a in (X, R))
    weights = torch.from_numpy(column_weights)
    W, b, V, c = parameters = [torch.from_numpy(array.copy()) for array in start.arrays]
    adam = _Adam(parameters, settings.learning_rate)
    best, best_error, best_epoch, epoch = start, float("nan"), 0, 0
    with torch.no_grad():
        for epoch in range(1, settings.epochs + 1):
            order = torch.from_numpy(rng.permutation(len(x)))
            for batch in torch.split(order, settings.batch_size):
                xb = x[batch]
                z = torch.addmm(b, xb, W.T).relu_()
                slope = torch.addmm(c, z, V.T).sub_(r[batch]).sign_().mul_(weights / len(batch))
                back = (slope @ V).mul_(z > 0)
                dW = (back.T @ xb).add_(W.sign(), alpha=settings.l1).add_(W, alpha=2 * settings.l2)
                adam.step([dW, back.sum(0), slope.T @ z, slope.sum(0)])
            if held_out is not None:
                error = _reconstruction_error([p.numpy() for p in parameters], *held_out, column_weights)
                if not error >= best_error:
                    best = _Parameters([p.numpy().copy() for p in parameters])
                    best_error, best_epoch = error, epoch
                if patience is not None and epoch - best_epoch >= patience:
                    break
            if progress is not None:
                progress("fitting the paper's projection", epoch, settings.epochs)
    if held_out is None or patience is None:
        best = _Parameters([p.numpy().copy() for p in parameters])
    return best, best_error, epoch


def _reconstruction_error(
    parameters: Sequence[NDArray[np.float32]], X: FloatArray, R: FloatArray, column_weights: NDArray[np.float32]
) -> float:
    W, b, V, c = parameters
    decoded = np.maximum(X @ W.T + b, 0.0) @ V.T + c
    return float((np.abs(decoded - R) @ column_weights).mean())


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """One of the 24 fits: its penalties, held-out reconstruction error, and number of epochs."""

    l1: float
    l2: float
    validation_error: float
    epochs: int


def sweep(
    train: tuple[FloatArray, FloatArray],
    validation: tuple[FloatArray, FloatArray],
    modality: Sequence[str],
    settings: ProjectionSettings,
    seed: int,
    progress: Progress | None = None,
) -> tuple[SweepPoint, ...]:
    """Fit the paper's 24 pairs (l1, l2) along one path, each started from its neighbour and stopped early.

    `train` and `validation` are (X, R); the error is the L1 reconstruction of the validation studies. Every fit keeps
    its best epoch. Returns the points in path order; `best_point` chooses.
    """
    x_mean, x_sd = _standardisation(train[0], settings.standardise_x)
    x, r = (train[0] - x_mean) / x_sd, train[1]
    held_out = ((validation[0] - x_mean) / x_sd, validation[1])
    weights = _column_weights(modality)
    parameters = _Parameters.initial(x.shape[1], settings.hidden, r.shape[1], seed)
    points = []
    for step, (l1, l2) in enumerate(_path()):
        here = replace(settings, l1=l1, l2=l2)
        parameters, error, epochs = _train(
            parameters, x, r, weights, here, seed, held_out=held_out, patience=SWEEP_PATIENCE
        )
        points.append(SweepPoint(l1, l2, error, epochs))
        if progress is not None:
            progress("choosing the paper's penalties", step + 1, len(SWEEP_L1) * len(SWEEP_L2))
    return tuple(points)


def best_point(points: Sequence[SweepPoint]) -> SweepPoint:
    """The point of lowest validation error; among equal ones, that of the strongest penalties."""
    return min(points, key=lambda point: (point.validation_error, -point.l1, -point.l2))


def _path() -> list[tuple[float, float]]:
    """All pairs, ordered so that neighbours differ in one penalty: l1 rises and falls in turn while l2 rises."""
    return [(l1, l2) for row, l2 in enumerate(SWEEP_L2) for l1 in (SWEEP_L1 if row % 2 == 0 else SWEEP_L1[::-1])]

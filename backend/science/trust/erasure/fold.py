"""One fold of an embedding: the task head and the decoder of its training patients, for its held-out patients.

Everything is written in the eigenvectors Q of the training Gram matrix K = Q diag(w) Q', because embeddings have more
dimensions than there are patients. With ridge penalties a (head) and l (decoder), the fitted values of training targets
t are Q diag(w / (w + a)) Q' t, and those of held-out patients C diag(1 / (w + a)) Q' t, with C their products with Q.
"""

from dataclasses import dataclass

import numpy as np

from backend.science.trust.decoders.ridge import PENALTIES, Kernel
from backend.science.types import FloatArray, IntArray, MaskArray


@dataclass(frozen=True, slots=True)
class Fold:
    """Held-out rows with the errors of the head on them, and what erasing needs of the training rows."""

    train: IntArray  # (m,) rows
    test: IntArray  # (h,) rows
    vectors: FloatArray  # Q (m, m)
    values: FloatArray  # w (m,)
    cross: FloatArray  # C (h, m)
    penalty: float  # l
    fitted: FloatArray  # Q' F (m, C): the head's centred outputs on the training rows
    error: FloatArray  # (h, C) label minus the head's output
    chance_error: FloatArray  # (h, C) label minus the training mean

    @property
    def kept(self) -> FloatArray:
        """(m,) w / (w + l): the share of each eigenvector that the decoder fits."""
        return np.asarray(self.values / (self.values + self.penalty))


def fit_fold(
    products: FloatArray, held_out: MaskArray, label: FloatArray, outputs: FloatArray | None, concepts: FloatArray
) -> Fold:
    """Fit head and decoder on the rows that are not held out.

    products: Gram matrix (n, n) of the embedding. label: (n, C). outputs: (n, C') of a given head, which are brought to
    the label's scale by least squares, or None for a ridge head. concepts: (n, K) choose the decoder's penalty.
    Penalties are those of least generalised cross-validation error.
    """
    train, test = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    kernel = Kernel.split(products, train, test)
    values, vectors = np.linalg.eigh(kernel.train)  # scipy's is slower with several threads
    values = np.clip(values, 0.0, None)
    mean = label[train].mean(axis=0)
    own = vectors.T @ (label[train] - mean)
    cross = np.asarray(kernel.test @ vectors)
    if outputs is None:
        weight = values + gcv_penalty(values, np.square(own).sum(axis=1))
        fitted, predicted = (values / weight)[:, None] * own, cross @ (own / weight[:, None])
    else:
        centred = outputs - outputs[train].mean(axis=0)
        scale = np.linalg.lstsq(centred[train], label[train] - mean, rcond=None)[0]
        fitted, predicted = vectors.T @ (centred[train] @ scale), centred[test] @ scale
    projected = vectors.T @ (concepts[train] - concepts[train].mean(axis=0))
    penalty = gcv_penalty(values, np.square(projected).sum(axis=1))
    off = label[test] - mean
    return Fold(train, test, vectors, values, cross, penalty, fitted, off - predicted, off)


def gcv_penalty(values: FloatArray, energy: FloatArray) -> float:
    """The penalty of least generalised cross-validation error, for targets with `energy` (m,) along eigenvectors.

    Centring takes one degree of freedom. The grid is in units of the mean eigenvalue.
    """
    grid = PENALTIES * (values.mean() or 1.0)
    kept = grid[:, None] / (values + grid[:, None])
    freedom = np.maximum(kept.sum(axis=1) - 1.0, 1e-9)
    return float(grid[np.argmin(np.square(kept) @ energy / freedom**2)])
